"""cffi's description of the extension: the marked region of csrc/partywall.h, and the hooks in Python.

The build (meson.build) runs this file through cffi's generator; nothing is
compiled here.
"""

import os
import sys

# `python -m build` at the root imports this file instead of the tool of that
# name and would report success having built nothing.  -P leaves the root off
# the module path.
if __name__ == "__main__" and sys.orig_argv[1:3] == ["-m", "build"]:
    os.execv(sys.executable, [sys.executable, "-P", *sys.orig_argv[1:]])

from pathlib import Path

from cffi import FFI

HEADER = Path(os.path.abspath(__file__)).parent / "csrc" / "partywall.h"
BEGIN = "/* cdef: begin */"
END = "/* cdef: end */"
# The hooks of an op in Python, see struct pw_hooks; cffi makes C functions of them.
HOOKS = """
extern "Python" {
    int pw_python_open(void *state, const struct pw_trial *trial);
    int pw_python_drive(void *state, uint64_t ops);
    void pw_python_close(void *state);
}
"""


def abi(header: str) -> str:
    """Return the region of the header that declares the ABI; ValueError if unmarked."""
    if header.count(BEGIN) != 1 or header.count(END) != 1:
        raise ValueError(f"{HEADER}: expected one '{BEGIN}' and one '{END}'")
    return header.split(BEGIN)[1].split(END)[0]


ffibuilder = FFI()
ffibuilder.cdef(abi(HEADER.read_text(encoding="utf-8")) + HOOKS)
ffibuilder.set_source("partywall._core", '#include "partywall.h"')

if __name__ == "__main__":
    sys.exit("build.py is run by the build: use 'pip install .' or 'make'")
