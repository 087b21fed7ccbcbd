"""What the words in reports mean, each said once: by kind, then by the word as it is printed.

Primitives, walls, plans and claims have their meaning in their declarations, and are not repeated here.
"""

__all__ = ["MEANINGS", "TITLES"]

TITLES = {
    "family": "what a primitive is about",
    "factor": "a condition that is varied or held, as in --set FACTOR=LEVEL",
    "profile": "how much is measured",
    "estimate": "what is told of a cell; each is a median over runs with a 95 % interval",
    "state": "whether the figures of a cell may be used",
    "flag": "what disturbed a trial, seen in the kernel's counters and never in the timings",
    "verdict": "the judgement of a claim",
    "standing": "what a verdict amounts to for `partywall check`",
    "claim kind": "how a claim is judged",
    "outcome": "what a wall did",
    "control": "whether the positive control of a wall saw the breach that it was bound to see",
    "effect": "what becomes of the task that commits a fault",
    "fit": "whether a fitted cost model may be used",
    "crossing": "where a cost model meets the bound of a claim",
    "crossing check": "what measuring at a crossing says of it",
    "change": "what `partywall compare` says of a cell",
    "gravity": "how much a finding of `partywall doctor` matters",
    "self-test demand": "what the rate of a check of `partywall selftest` must be",
    "self-test status": "the judgement of one check of `partywall selftest`",
    "word": "what else is said in reports",
}
"""The kinds of words, and what the words of each kind say."""

_FAMILIES = {
    "reference": "Arms that tell how the clock and the machine were; some of them are in every block.",
    "create": "Making a process, a thread or an interpreter, and what is done instead of making one.",
    "switch": "Going from one task to another, on one CPU, or waking it on another.",
    "talk": "Carrying messages and streams between two tasks, and back.",
    "keep": "What a task takes that is merely there: memory, page faults, protections, its end.",
}
_FACTORS = {
    "cause": "Of what the child crashes.",
    "chunk": "Bytes that one write, or one part of a stream, carries.",
    "creators": "So many tasks do the op at once, in the process whose figures are told.",
    "fault": "Which page fault: of fresh memory (minor), of a page shared since a fork (cow), of a cached file (file).",
    "fds": "So many open descriptors more in the process that is measured.",
    "image": "The process that is measured: pristine, a tiny static worker; interpreter, a fresh Python; caller, a "
    "fork of the process that called partywall, with all that it holds.",
    "inhabitant": "What lives in a Python process beside its program: a sub-interpreter or a WebAssembly instance.",
    "load": "Closed: each op begins when the one before has ended. A rate such as 10kHz: ops are due at fixed times, "
    "and waiting for one's turn counts (open loop).",
    "mechanism": "In what the callee of a guest lives: process, sandbox, container or bubblewrap (see the price list).",
    "memory": "What resident memory is made of: dirty pages of one's own, shared pages, or pages of a file.",
    "message": "Bytes of one message; the same number comes back.",
    "namespace": "Into which new namespaces the child is put.",
    "options": "Options of the Python that is started: none (default), or -I -S (isolated).",
    "owned": "Bytes that the child writes before it ends, and that the kernel takes back.",
    "pattern": "In which order a task touches its working set, and whether it writes.",
    "peer": "What the other party is: a process, or a thread of the driver's process.",
    "phases": "On: the time until each step of an op is told too, in cells of their own; ops then cost a bit more.",
    "placement": "Where the two parties run: same-cpu is a switch on one CPU; smt-sibling, same-llc, cross-llc and "
    "cross-node are two CPUs ever further apart, of which one is woken. These are never mixed.",
    "policy": "Scheduling policy of all parties: other, the usual one; fifo, real-time, for which a right is needed.",
    "resident": "Memory that the process holds, touched, before it is measured.",
    "ring": "Size of the ring in shared memory through which bytes go.",
    "size": "Bytes that are mapped.",
    "speculation": "Which speculation of the CPU is switched off for the parties.",
    "spin": "A spin of this length inside the timed region of each op: an effect planted to be found.",
    "spin_outside": "The same spin outside of the timed region: the control of a planted effect.",
    "target": "Which program is exec'd: static or dynamic (its linking), python, or none.",
    "target_cpu": "What the CPU of who is woken does meanwhile: idle; busy with what gives way; contended by an equal.",
    "tasks": "How many tasks take part: a ring of them, or so many idle ones.",
    "thp": "Whether resident memory may be made of transparent huge pages.",
    "threads": "So many idle threads more in the process that is measured.",
    "transfer": "Bytes that one op moves in all.",
    "vmas": "So many mappings more in the process that is measured.",
    "working_set": "Bytes that each task touches between two switches.",
}
_PROFILES = {
    "quick": "Minutes for all families; enough to decide what lies clearly on one side.",
    "standard": "Longer trials and more runs; what plans use.",
    "rigorous": "For figures that are to be published.",
}
_ESTIMATES = {
    "typical": "The median over runs of each run's median. A run is one or more fresh worker processes.",
    "mean": "The median over runs of each run's mean; none where the tail is too heavy for one.",
    "trimmed": "The median over runs of each run's mean without its lowest and highest tenth; of all estimates it sees "
    "the smallest changes.",
    "floor": "The median over runs of each run's first percentile: what the op takes when nothing is in the way.",
    "p99": "The median over runs of each run's 99th percentile; only where one sample is one op and ten independent "
    "samples lie beyond it.",
    "p999": "The median over runs of each run's 99.9th percentile; only where one sample is one op and ten independent "
    "samples lie beyond it.",
    "cold": "The median over runs of the very first op of a fresh worker, before any warming up.",
    "tail_index": "Hill's index of the tail: the smaller, the heavier. Below 2 there is no variance to speak of, and "
    "of heavier tails no mean is told.",
    "clean": "Typical of the runs that nothing disturbed, where some were disturbed.",
}
_STATES = {
    "ok": "The figures may be used.",
    "noisy": "The kernel's counters show interference in more than a fifth of the trials, or the figure is another "
    "one without those that were disturbed.",
    "not-steady": "Trials end at another level than they begin, all in the same way: what is measured still changes.",
    "timer-limited": "Reading the clock takes more than a tenth of a sample.",
    "unsupported": "This machine cannot do it; the reason says what is missing. It is neither good nor bad.",
    "invalid": "What was timed is not what the op says, for example too few context switches. There are no figures.",
}
_FLAGS = {
    "migrated": "A task changed its CPU during the trial.",
    "major-faults": "A task waited for a page from disk.",
    "minor-faults": "More than 10,000 page faults a second in an op that makes neither tasks nor pages.",
    "crowded": "Parties that share one CPU together ran for less than 90 % of the time: something else ran there.",
    "preempted": "Parties with a CPU each: one was runnable but not running for more than 20 % of the trial.",
    "steal": "The hypervisor took more than 2 % of the trial.",
    "interrupts": "More than 2,000 interrupts of devices a second on the CPUs that were used.",
    "softirqs": "More than 2,000 softirqs of networks, disks and tasklets a second on the CPUs that were used.",
    "throttled": "A quota of CPU time stopped this cgroup, or one above it.",
    "pressure": "Other tasks waited for a CPU in more than half of the time: the machine has none to spare.",
    "thermal": "Heat made a CPU slower.",
    "no-empty-arm": "The session has no empty arm, so the cost of timing a sample could not be taken off.",
    "clock-offset": "The time ends by another CPU's clock, and by how much the two differ is not known well enough.",
}
_VERDICTS = {
    "WITHIN": "All of the 95 % interval lies inside the bounds: the claim holds here.",
    "BELOW": "All of the interval lies below the range that was claimed.",
    "ABOVE": "All of the interval lies above the range that was claimed.",
    "INDETERMINATE": "The interval straddles a bound, or the decision does not stand among all verdicts on the same "
    "document. More runs decide; how many is told.",
    "HOLDS": "The attack was made and failed in every trial, and the positive control saw the breach.",
    "HOLDS-WITH-EXCEPTIONS": "As HOLDS; and documented exceptions, the doors that are named, are open here.",
    "BROKEN": "An attack came through.",
    "UNSUPPORTED": "This machine cannot measure or probe it; the reason says what is missing.",
    "NOISY": "The cell is noisy, so nothing is judged by it.",
    "NOT-STEADY": "The cell is not steady, so nothing is judged by it.",
    "TIMER-LIMITED": "The clock is too coarse for the cell, so nothing is judged by it.",
    "INVALID": "What was measured or attacked is not what was meant, or the figure that is claimed is not there.",
}
_STANDINGS = {
    "fails": "BELOW, ABOVE or BROKEN: the claim is not so here. Exit code 1.",
    "undecided": "INDETERMINATE, NOISY, NOT-STEADY, TIMER-LIMITED or INVALID. Exit code 3.",
    "unsupported": "This machine cannot tell. Exit code 4.",
    "holds": "WITHIN, HOLDS or HOLDS-WITH-EXCEPTIONS. Exit code 0 if all claims do.",
}
_CLAIM_KINDS = {
    "range": "A time, or a difference of two, lies between low and high; one of them suffices.",
    "ratio": "One cell over another lies between low and high; both are measured in the same blocks.",
    "holds": "Walls keep out what they are said to keep out.",
}
_OUTCOMES = {
    "holds": "The attack happened and failed in every trial, and the positive control saw the breach.",
    "open": "Of a door, a documented exception: the way through was walked here.",
    "shut": "Of a door, a documented exception: the way through is closed here.",
    "reported": "Nothing is attacked; the facts are all there is.",
    "broken": "An attack that happened came through in at least one trial.",
    "invalid": "The probe was blind, the attack did not happen, or the probe failed: nothing is said.",
    "unsupported": "This machine lacks or forbids what the probe needs; the reason says what.",
}
_CONTROLS = {
    "detected": "The same probe saw the breach where one is certain, in the same trial: it is not blind.",
    "blind": "The same probe saw nothing where a breach is certain: its outcome says nothing.",
    "not-run": "There was no control: the probe was refused, or nothing is attacked.",
}
_EFFECTS = {
    "death": "The process dies by a signal.",
    "exit": "The process exits.",
    "thread": "One thread ends, its process lives on.",
    "refusal": "The kernel refuses a call, and the task lives on.",
    "stop": "The task is stopped, and does not end by itself.",
    "deaf": "The task runs on and hears no SIGTERM; SIGKILL ends it.",
}
_FITS = {
    "ok": "The residuals are as small as noise allows.",
    "refused": "A residual is certainly beyond 10 %: the model does not describe what was measured.",
    "too-few": "Too few levels for the model.",
}
_CROSSINGS = {
    "found": "The model meets the bound inside of the range that was measured.",
    "extrapolated": "It meets the bound beyond that range, but within twice of it.",
    "always": "It is beyond the bound already at the lowest level.",
    "none": "It meets the bound nowhere up to twice the range that was measured.",
    "refused": "The model was refused, so it is not asked.",
}
_CHECKS = {
    "confirmed": "What was measured there overlaps the bound, or what the model says of that level.",
    "close": "It does not, but comes within the tolerance of a residual.",
    "refuted": "What was measured there is something else.",
    "unmeasured": "There are no figures of that level.",
}
_CHANGES = {
    "lower": "The whole interval of after over before lies below the band.",
    "higher": "The whole interval of after over before lies above the band.",
    "same": "The whole interval lies inside the band: a change is too small to matter.",
    "undecided": "The interval straddles an edge of the band.",
    "unusable": "One side has no figure that may be used.",
    "gone": "Only the session before has the cell.",
    "new": "Only the session after has the cell.",
}
_GRAVITIES = {
    "good": "As it should be.",
    "note": "Good to know; figures may depend on it.",
    "bad": "It makes figures worse.",
    "unknown": "The kernel does not say.",
}
_DEMANDS = {
    "coverage": "Intervals hold the truth as often as they say.",
    "at most": "Something wrong happens no more often than it may.",
    "told": "Nothing is demanded; the rate is told.",
}
_STATUSES = {
    "ok": "What is demanded is met, or not clearly missed.",
    "low": "Clearly below what is demanded.",
    "high": "Clearly above what is demanded.",
    "refused": "partywall declined to give figures, which it may.",
    "-": "Nothing is demanded.",
    "unsupported": "This machine cannot run it.",
    "FAILED": "It could not be carried out.",
}
_WORDS = {
    "op": "What is timed.",
    "sample": "One timing, of one op or of a batch.",
    "batch": "Ops that one sample holds, so that reading the clock is at most a small part of it.",
    "trial": "One worker's run of one cell.",
    "run": "A fresh worker, or a few: intervals are over runs.",
    "block": "One run of each cell; arms that are compared in balanced order, the rest at random.",
    "cell": "A primitive under given factors.",
    "arm": "A cell in a comparison; the reference arms are in every block.",
    "interval": "95 % over runs, by order statistics, widened by what the clock may be wrong by.",
    "pilot": "Runs that fix how many follow, and then do not count.",
    "wall": "A property that isolates, proved by an attack that must fail.",
    "door": "A documented exception in a wall, with the rule by which it is open.",
    "host": "In what an attack is made, or against whom.",
    "positive control": "The same probe where a breach is certain.",
    "fault": "A deliberate crash.",
    "canary": "Memory that must be unchanged after a crash.",
    "reading": "What else is read of each op, told in a cell of its own.",
    "claim": "What a document says, with its bounds and its source.",
}

MEANINGS: dict[str, dict[str, str]] = {
    "family": _FAMILIES,
    "factor": _FACTORS,
    "profile": _PROFILES,
    "estimate": _ESTIMATES,
    "state": _STATES,
    "flag": _FLAGS,
    "verdict": _VERDICTS,
    "standing": _STANDINGS,
    "claim kind": _CLAIM_KINDS,
    "outcome": _OUTCOMES,
    "control": _CONTROLS,
    "effect": _EFFECTS,
    "fit": _FITS,
    "crossing": _CROSSINGS,
    "crossing check": _CHECKS,
    "change": _CHANGES,
    "gravity": _GRAVITIES,
    "self-test demand": _DEMANDS,
    "self-test status": _STATUSES,
    "word": _WORDS,
}
"""The meaning of each word, by its kind."""
