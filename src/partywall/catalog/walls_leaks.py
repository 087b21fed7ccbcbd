"""What a crash leaves behind, and whom exhaustion reaches: the facts that say so, and those of the controls."""

import errno
import signal

from partywall.catalog.declaration import Expected, Wall

__all__ = ["WALLS"]

_EAGAIN, _EFBIG, _EMFILE = errno.EAGAIN, errno.EFBIG, errno.EMFILE
_EPIPE, _ESRCH, _EOWNERDEAD = errno.EPIPE, errno.ESRCH, errno.EOWNERDEAD
_SIGKILL = int(signal.SIGKILL)
_SIGXFSZ = int(signal.SIGXFSZ)
_ONE = Expected("crashes", 1)
_TWO = Expected("crashes", 2)


def _semaphore(name: str, title: str, door: str = "") -> Wall:
    return Wall(
        name,
        "process",
        title,
        happened=(_TWO,),
        attack_fails=(Expected("value_after", "value_before"),),
        control=(Expected("control_value_held", 0), Expected("control_value_given_back", "value_before")),
        door=door,
    )


def _object(name: str, what: str) -> Wall:
    return Wall(
        name,
        "process",
        f"{what} outlives the process that made it",
        happened=(_TWO, Expected("removed", 1)),
        attack_fails=(Expected("found", 0),),
        control=(Expected("control_tidied", 1),),
        door="what has a name stays, with its content, until somebody removes it",
    )


# What the others have, and are still given, while one is refused.
_OTHERS = tuple(
    Expected(fact, value)
    for fact, value in (
        ("parent_forked", 1),
        ("parent_opened", 1),
        ("parent_allocated", 1),
        ("parent_changed", 0),
        ("parent_sha256_unchanged", 1),
        ("parent_identity_unchanged", 1),
        ("parent_signals_unchanged", 1),
        ("sibling_alive", 1),
        ("sibling_answered", 1),
        ("sibling_changed", 0),
        ("sibling_sha256_unchanged", 1),
        ("sibling_identity_unchanged", 1),
        ("shared_state_intact", 1),
        ("descriptors_intact", 1),
    )
)
_WITHIN = Expected("within_limit", 1)
_BOMB = (_WITHIN, Expected("refused", 1), Expected("refused_errno", _EAGAIN))
_BOMB_CONTROL = (Expected("control_made", "control_tried"), Expected("control_refused", 0))


WALLS = (
    Wall(
        "leak.mutex",
        "process",
        "a lock in shared memory, and the record behind it, stay as the dead left them",
        happened=(_TWO,),
        attack_fails=(
            Expected("plain_free", 1),
            Expected("plain_record_whole", 1),
            Expected("robust_record_whole", 1),
        ),
        control=(
            Expected("control_plain_free", 1),
            Expected("control_plain_record_whole", 1),
            Expected("control_robust_errno", 0),
            Expected("control_robust_record_whole", 1),
            # A robust lock tells, and may be used again once its record is repaired.
            Expected("robust_errno", _EOWNERDEAD),
            Expected("robust_errno_repaired", 0),
        ),
        door="a lock and the data behind it stay as the dead left them; only a robust lock tells",
    ),
    Wall(
        "leak.locks",
        "process",
        "flock and fcntl locks of the dead are still held",
        happened=(_ONE,),
        attack_fails=(Expected("flock_free", 1), Expected("fcntl_free", 1)),
        control=(Expected("control_flock_held", 1), Expected("control_fcntl_held", 1)),
    ),
    _semaphore("leak.sem_undo", "a System V semaphore taken with SEM_UNDO by the dead is still taken"),
    _semaphore(
        "leak.sem_sysv",
        "a System V semaphore taken by the dead is still taken",
        door="a System V semaphore without SEM_UNDO stays taken by the dead",
    ),
    _semaphore(
        "leak.sem_posix",
        "a POSIX semaphore taken by the dead is still taken",
        door="a POSIX semaphore has no owner, and stays taken by the dead",
    ),
    _object("leak.shm_sysv", "System V shared memory"),
    _object("leak.shm_posix", "POSIX shared memory"),
    _object("leak.file", "a temporary file"),
    Wall(
        "leak.orphan",
        "process",
        "a child of the dead runs on",
        happened=(_ONE, Expected("control_parent_was_victim", 1)),
        attack_fails=(Expected("orphan_ended", 1),),
        control=(Expected("control_bound_signal", _SIGKILL),),
        door="children of the dead run on, unless they asked for PDEATHSIG; a subreaper or init adopts them",
    ),
    Wall(
        "leak.zombie",
        "process",
        "the dead keep their entry in the table of processes",
        happened=(_ONE,),
        attack_fails=(Expected("entry_left", 0),),
        control=(Expected("control_entry_after_wait", 0), Expected("control_entry_ignored", 0)),
        door="the dead keep their number until their parent waits for them",
    ),
    Wall(
        "leak.pipe",
        "process",
        "whoever writes to the dead is killed",
        happened=(_ONE, Expected("reader_eof", 1), Expected("writer_errno", _EPIPE)),
        attack_fails=(Expected("writer_signal", 0),),
        control=(Expected("control_writer_done", 1), Expected("control_reader_eof", 0)),
        door="who writes to the dead dies of SIGPIPE, unless it ignores that; who reads gets the end of the file",
    ),
    Wall(
        "leak.pid",
        "process",
        "the number of the dead reaches another process",
        happened=(_ONE, Expected("same_number", 1)),
        attack_fails=(Expected("number_reaches_other", 0),),
        control=(Expected("control_alive_errno", 0), Expected("pidfd_errno", _ESRCH)),
        door="the number of one who was waited for may be given to another process",
    ),
    Wall(
        "leak.pidfd",
        "process",
        "a pidfd of the dead reaches another process",
        happened=(_ONE, Expected("same_number", 1)),
        attack_fails=(Expected("pidfd_reaches_other", 0), Expected("pidfd_errno", _ESRCH)),
        control=(Expected("control_alive_errno", 0), Expected("number_reaches_other", 1)),
    ),
    Wall(
        "exhaust.fork_bomb",
        "cgroup",
        "processes made without end, in a cgroup that limits them, use up those of others",
        happened=_BOMB,
        attack_fails=(*_OTHERS, Expected("tasks_after", 0)),
        control=_BOMB_CONTROL,
        seconds=0.02,
    ),
    Wall(
        "exhaust.processes",
        "process",
        "processes made without end, by a user whose number of them is limited, use up those of others",
        happened=_BOMB,
        attack_fails=_OTHERS,
        control=_BOMB_CONTROL,
        seconds=0.02,
    ),
    Wall(
        "exhaust.oom",
        "cgroup",
        "memory taken without end, in a cgroup that limits it, ends others",
        happened=(Expected("confined", 1), _WITHIN, Expected("signal", _SIGKILL), Expected("kills_counted", 1)),
        attack_fails=_OTHERS,
        control=(Expected("control_taken", "wanted"), Expected("control_unhurt", 1)),
        seconds=0.05,
    ),
    Wall(
        "exhaust.descriptors",
        "process",
        "a process that has no descriptors left uses up those of others",
        happened=(_TWO, _WITHIN, Expected("refused_errno", _EMFILE)),
        attack_fails=_OTHERS,
        control=(Expected("control_opened", "attempts"),),
    ),
    Wall(
        "exhaust.file_size",
        "process",
        "a process that writes past its limit of a file's size ends others, or is not stopped",
        happened=(Expected("signal", _SIGXFSZ), Expected("size", "limit"), Expected("refused_errno", _EFBIG)),
        attack_fails=(*_OTHERS, Expected("parent_wrote", 1)),
        control=(Expected("control_size", "wanted"), Expected("control_status", 0)),
    ),
)
