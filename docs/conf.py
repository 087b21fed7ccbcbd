"""How the site is built: `make docs`.  Everything comes from this tree and from the installed package."""

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "extension"))

project = "partywall"
version = release = version_of("partywall")
language = "en"

extensions = [
    "generated",
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
]
source_suffix = {".md": "markdown"}
exclude_patterns = ["extension"]

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

# The docstrings of this project write code in single quotes or in double ones.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = f"partywall {release}"
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
html_show_sourcelink = False
