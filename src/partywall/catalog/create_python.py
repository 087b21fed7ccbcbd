"""Creating processes and threads the way Python does, and giving them work."""

from partywall.catalog.declaration import (
    FDS,
    MEMORY,
    PYTHON_IMAGE,
    RESIDENT,
    SPIN,
    TARGET,
    THP,
    VMAS,
    WASMTIME,
    Factor,
    Primitive,
    peer,
    placement,
)
from partywall.model import Family

__all__ = ["PRIMITIVES"]

_HOLDS = (RESIDENT, MEMORY, THP, VMAS, FDS, SPIN)


def _created(
    name: str, kind: str, title: str, one_op: str, *factors: Factor, twin: str, waits: bool = False
) -> Primitive:
    return Primitive(
        name=name,
        family=Family.CREATE,
        title=title,
        one_op=one_op,
        factors=(PYTHON_IMAGE, peer(kind), placement("same-cpu"), *factors, *_HOLDS),
        twin=twin,
        language="python",
        # What another process or a thread of a pool does is not booked as this one's.
        waits=waits,
    )


def _pool(name: str, kind: str, title: str, worker: str, twin: str, python: tuple[int, int] = (3, 11)) -> Primitive:
    return Primitive(
        name=name,
        family=Family.CREATE,
        title=title,
        one_op=f"submit(f).result() through an executor of concurrent.futures; its one worker, {worker}, runs already.",
        factors=(PYTHON_IMAGE, peer(kind), placement("same-cpu"), SPIN),
        twin=twin,
        language="python",
        python=python,
        waits=True,
    )


PRIMITIVES = (
    Primitive(
        name="py_call",
        family=Family.CREATE,
        title="call of a Python function",
        one_op="One call of a Python function that does nothing: the floor.",
        factors=(PYTHON_IMAGE, SPIN),
        language="python",
    ),
    _created(
        "py_os_fork",
        "process",
        "os.fork + wait",
        "os.fork, a child that ends in os._exit at once, os.waitpid for it.",
        twin="py_thread",
    ),
    _created(
        "py_posix_spawn",
        "process",
        "os.posix_spawn + wait",
        "os.posix_spawn of a program that returns at once, os.waitpid for it.",
        TARGET,
        twin="py_thread",
    ),
    _created(
        "py_subprocess",
        "process",
        "subprocess.Popen + wait",
        "subprocess.Popen of a program that returns at once, and its wait.",
        TARGET,
        twin="py_thread",
    ),
    _created(
        "py_mp_fork",
        "process",
        "multiprocessing fork",
        "A multiprocessing.Process by fork, started and joined; its target is sys.exit.",
        twin="py_thread",
    ),
    _created(
        "py_mp_forkserver",
        "process",
        "multiprocessing fork server",
        "A multiprocessing.Process by a running fork server, started and joined; its target is sys.exit.",
        twin="py_thread",
        waits=True,
    ),
    _created(
        "py_mp_spawn",
        "process",
        "multiprocessing spawn",
        "A multiprocessing.Process in a new interpreter, started and joined; its target is sys.exit.",
        twin="py_thread",
    ),
    _created(
        "py_thread",
        "thread",
        "threading.Thread start + join",
        "A threading.Thread started and joined; its target returns at once.",
        twin="py_os_fork",
    ),
    *(
        Primitive(
            name=name,
            family=Family.CREATE,
            title=title,
            one_op=one_op,
            factors=(PYTHON_IMAGE, SPIN),
            twin=twin,
            language="python",
            waits=True,
            needs=needs,
        )
        for name, title, one_op, twin, needs in (
            (
                "py_subinterpreter",
                "sub-interpreter create + destroy",
                "A sub-interpreter created and destroyed; nothing runs in it.",
                "py_thread",
                (),
            ),
            (
                "py_subinterpreter_call",
                "statement in a sub-interpreter",
                "One statement compiled and run in a sub-interpreter that is there.",
                "py_call",
                (),
            ),
            (
                "py_wasm_instantiate",
                "WebAssembly instance",
                "A store and an instance of a compiled module, made and dropped; engine and module are there.",
                "py_thread",
                (WASMTIME,),
            ),
            (
                "py_wasm_call",
                "call into WebAssembly",
                "One call, from Python, of a function that an instance exports.",
                "py_call",
                (WASMTIME,),
            ),
        )
    ),
    _pool("py_thread_pool", "thread", "round trip through a thread pool", "a thread", twin="py_process_pool"),
    _pool("py_process_pool", "process", "round trip through a process pool", "a process", twin="py_thread_pool"),
    _pool(
        "py_interpreter_pool",
        "thread",
        "round trip through an interpreter pool",
        "a thread with an interpreter of its own",
        twin="py_process_pool",
        python=(3, 14),
    ),
)
