"""Spins of 1, 3 and 10 % of an op, planted inside the timed region: does the interval of the difference hold them?

What is planted, and how, `partywall.selftest.planted` says.  Exit status 1 if a planted effect is missed by its 95 %
interval widened by one step of the clock.
"""

import numpy as np

from partywall import design
from partywall.selftest.planted import CASES, SHARES, plant


def main() -> int:
    missed = 0
    print(f"{'op':<20}{'typical ns':>11}{'planted ns':>11}{'found ns':>10}  95 % interval")
    for primitive, factors in CASES:
        for one in plant(primitive, factors, design.PROFILES["standard"], seed=1):
            missed += not one.holds
            told = f"{primitive:<20}{one.typical:11.1f}{one.planted:11.1f}"
            if one.found is None:
                print(f"{told}  none: {one.why}")
                continue
            interval = f"[{one.found.low:.1f}, {one.found.high:.1f}]"
            print(f"{told}{one.found.value:10.1f}  {interval}{'' if one.holds else '  missed'}")
    print(f"{missed} of {len(CASES) * len(SHARES)} missed; {design.PROFILES['standard'].runs} runs each")
    return int(missed > 0)


if __name__ == "__main__":
    np.seterr(all="raise")
    raise SystemExit(main())
