"""``python -m partywall``."""

from partywall.cli import main

if __name__ == "__main__":
    main()
