"""Spins of 1, 3 and 10 % of an op, planted inside the timed region: does the interval of the difference hold them?

Both arms spin twice for each op: one for a nanosecond inside and the planted time outside of the timed region,
the other the other way round.  So both pay for the clock reads of a spin, and two tasks that share a CPU, which are
scheduled by what they use of it, see no difference.  Exit status 1 if a planted effect is missed by its 95 %
interval widened by one step of the clock.
"""

import numpy as np

import partywall as pw
from partywall import design
from partywall.cells import run_summaries
from partywall.model import Grid
from partywall.stats import paired_difference

SHARES = (0.01, 0.03, 0.10)
CASES: tuple[tuple[str, dict[str, str]], ...] = (
    ("null_syscall", {}),
    ("fork_wait", {}),
    ("vfork_wait", {}),
    ("thread_create_join", {}),
    ("pipe_pingpong", {"peer": "process", "placement": "same-cpu"}),
    ("futex_pingpong", {"peer": "process", "placement": "same-cpu"}),
)


def main() -> int:
    missed = 0
    print(f"{'op':<20}{'typical ns':>11}{'planted ns':>11}{'found ns':>10}  95 % interval")
    for primitive, fixed in CASES:
        typical = pw.measure(primitive, **fixed).typical.value * 1e9
        planted_ns = [round(share * typical) or 1 for share in SHARES]
        arms = [(1 + t, 1) for t in planted_ns] + [(1, 1 + t) for t in planted_ns]
        grids = [
            Grid(
                names=(primitive,),
                factors={n: (v,) for n, v in fixed.items()}
                | {"spin": (f"{inside}ns",), "spin_outside": (f"{outside}ns",)},
            )
            for inside, outside in arms
        ]
        session = pw.carry_out(design.plan_session(grids, design.PROFILES["standard"], 1))
        plan = session.record.plan
        cells = {(c.factors.get("spin"), c.factors.get("spin_outside")): i for i, c in enumerate(plan.cells)}
        summaries = run_summaries(session.record)
        for planted in planted_ns:
            treated = cells[f"{1 + planted}ns", "1ns"]
            inside, outside = summaries[treated], summaries[cells["1ns", f"{1 + planted}ns"]]
            runs = sorted(inside.keys() & outside.keys())
            found = paired_difference([inside[r].median * 1e9 for r in runs], [outside[r].median * 1e9 for r in runs])
            step = session.record.clock.resolution_s * 1e9 / max(plan.cells[treated].batch, 1)
            holds = found.low - step <= planted <= found.high + step
            missed += not holds
            print(
                f"{primitive:<20}{typical:11.1f}{planted:11.1f}{found.value:10.1f}  "
                f"[{found.low:.1f}, {found.high:.1f}]{'' if holds else '  missed'}"
            )
    print(f"{missed} of {len(CASES) * len(SHARES)} missed; {design.PROFILES['standard'].runs} runs each")
    return int(missed > 0)


if __name__ == "__main__":
    np.seterr(all="raise")
    raise SystemExit(main())
