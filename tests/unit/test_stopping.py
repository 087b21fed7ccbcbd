"""What follows from a pilot: how many runs and how long, once; and what then counts."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import pytest

from partywall import design
from partywall.cells import summarise_cells
from partywall.comparison import Changed, compare_records
from partywall.model import Confirmation, Plan, PlannedCell, Profile, Target, Trial
from partywall.precision import counted, precision_of
from partywall.record import Record
from partywall.report.design_lines import reached_lines
from partywall.session import Session
from partywall.stats import round_up_runs
from partywall.stopping import LEAST_RUNS, MOST_RUNS, PILOT_RUNS, after_pilot
from synthetic import planned, session

EMPTY = (planned("empty"), lambda run: np.full(40, 20.0))
NULL = planned("null_syscall", image="pristine")
FORK = planned("fork_wait", peer="process")
PIPE = [msgspec.structs.replace(planned("pipe_pingpong", peer=peer), contrast=1) for peer in ("process", "thread")]
SAMPLES = 40
TOOK_S, SAMPLING_S = 0.03, 0.01


def spread(cell: PlannedCell, share: float, within: float = 0.0) -> tuple[PlannedCell, Callable[[int], Any]]:
    """A cell whose pilot's interval of typical is +- ``share`` wide, and whose samples vary by ``within``."""
    # Of ten values the ends lie between the second and the third, and mirrored.
    levels = np.array([-1.5, -1, -1, -0.2, -0.1, 0.1, 0.2, 1, 1, 1.5]) * share

    def samples(run: int) -> Any:
        noise = np.random.default_rng(run).uniform(-1, 1, SAMPLES) * within
        return 20.0 + 1e5 * (1 + levels[run % 10] + noise)

    return cell, samples


def pilot(
    arms: Sequence[tuple[PlannedCell, Callable[[int], Any]]],
    precision: float = 0.02,
    pooled: bool = False,
    budget_s: float | None = None,
    sampling_s: float = SAMPLING_S,
    **plan: Any,
) -> Record:
    def timed(trial: Trial) -> Trial:
        return msgspec.structs.replace(trial, phase="pilot", took_s=TOOK_S, seconds=sampling_s)

    made = session([EMPTY, *arms], runs=PILOT_RUNS, change=timed)
    cells = tuple(
        msgspec.structs.replace(cell, sample_s=sampling_s / SAMPLES, samples=SAMPLES, chunk=5)
        for cell in made.plan.cells
    )
    target = Target(precision=precision, pooled=pooled)
    profile = Profile(name="test", runs=PILOT_RUNS, trial_s=sampling_s, warmup_s=0.001)
    whole = msgspec.structs.replace(made.plan, target=target, budget_s=budget_s, cells=cells, profile=profile, **plan)
    return replace(made, plan=whole)


def fixed(record: Record, place: int) -> Confirmation:
    found = after_pilot(record)[0].cells[place].confirmation
    assert found is not None
    return found


@pytest.mark.parametrize(("half", "runs"), [(0.01, 9), (0.02, 12), (0.025, 17), (0.04, 42), (0.08, 161)])
def test_runs_are_ten_times_the_square_of_what_is_missing(half: float, runs: int) -> None:
    found = fixed(pilot([spread(FORK, half)]), 1)
    assert (found.runs, found.wanted, found.cut) == (round_up_runs(runs), round_up_runs(runs), "")
    assert found.runs >= max(LEAST_RUNS, 10 * (half / 0.02) ** 2 * 0.98)


def test_no_number_of_runs_is_taken_that_is_not_worth_it() -> None:
    for half in np.linspace(0.005, 0.1, 30):
        runs = fixed(pilot([spread(FORK, half)]), 1).runs
        assert runs == round_up_runs(runs)


def test_pooled_runs_are_what_is_missing() -> None:
    assert fixed(pilot([spread(FORK, 0.04)], pooled=True), 1).runs == round_up_runs(41) - PILOT_RUNS
    enough = fixed(pilot([spread(FORK, 0.01)], pooled=True), 1)
    assert (enough.runs, enough.cut) == (0, "")


def test_a_cell_that_no_number_of_runs_can_make_exact_keeps_the_reason() -> None:
    record = pilot([spread(FORK, 0.01)], precision=0.001)
    sloppy = replace(record, clock=msgspec.structs.replace(record.clock, uncertainty=0.002))
    found = fixed(sloppy, 1)
    assert (found.wanted, found.cut) == (None, "the clock alone is less exact")
    assert found.runs >= LEAST_RUNS


def test_what_needs_too_many_runs_is_cut() -> None:
    found = fixed(pilot([spread(FORK, 0.5)]), 1)
    assert found.runs == MOST_RUNS
    assert found.wanted is not None
    assert found.wanted > MOST_RUNS
    assert str(MOST_RUNS) in found.cut


def test_arms_have_as_many_runs_as_the_one_that_needs_most() -> None:
    record = pilot([spread(FORK, 0.01), spread(PIPE[0], 0.01), spread(PIPE[1], 0.04)])
    plan, _ = after_pilot(record)
    wanted = [cell.confirmation.wanted for cell in plan.cells[1:] if cell.confirmation]
    runs = [cell.confirmation.runs for cell in plan.cells[1:] if cell.confirmation]
    assert wanted == [9, 9, round_up_runs(41)]
    assert runs == [9, round_up_runs(41), round_up_runs(41)]


def test_reference_arms_have_no_target_and_are_in_every_block() -> None:
    record = pilot([spread(NULL, 0.5), spread(FORK, 0.025)])
    plan, _ = after_pilot(record)
    assert [cell.confirmation.runs for cell in plan.cells if cell.confirmation] == [17, 17, 17]
    alone = pilot([spread(NULL, 0.025)])
    assert fixed(alone, 1).runs == 17


def test_a_budget_cuts_the_hungriest_and_says_so() -> None:
    arms = [spread(FORK, 0.01), spread(PIPE[0], 0.08)]
    free, seconds = after_pilot(pilot(arms))
    pilot_s = 3 * PILOT_RUNS * TOOK_S
    tight, less = after_pilot(pilot(arms, budget_s=pilot_s + seconds / 3))
    assert less <= seconds / 3
    fork, pipe = (cell.confirmation for cell in tight.cells[1:])
    assert (fork.runs, fork.cut) == (9, "")
    assert (pipe.cut, pipe.wanted) == ("budget", free.cells[2].confirmation.wanted)
    assert LEAST_RUNS < pipe.runs < pipe.wanted
    assert pipe.runs == round_up_runs(pipe.runs)
    enough, _ = after_pilot(pilot(arms, budget_s=pilot_s + seconds * 1.01))
    assert enough.cells == free.cells


def test_what_was_spent_elsewhere_is_no_longer_there() -> None:
    record = pilot([spread(FORK, 0.08)], budget_s=10.0)
    runs = [after_pilot(record, spent)[0].cells[1].confirmation.runs for spent in (0.0, 4.0, 8.0, 9.999)]
    assert runs == sorted(runs, reverse=True)
    assert len(set(runs)) == 4
    assert runs[-1] == 0


def test_a_budget_that_is_used_up_leaves_the_pilot() -> None:
    record = pilot([spread(FORK, 0.04)], budget_s=0.1)
    plan, seconds = after_pilot(record)
    assert seconds == 0
    assert {cell.confirmation.runs for cell in plan.cells} == {0}
    assert design.block_count(plan) == PILOT_RUNS
    whole = Session(replace(record, plan=plan), ())
    assert whole.cells[1].runs == PILOT_RUNS
    assert whole.precision is not None
    (one,) = whole.precision.cells
    assert (one.why, one.runs, one.wanted) == ("budget", PILOT_RUNS, round_up_runs(41))


def test_what_follows_is_estimated_from_what_trials_took() -> None:
    plan, seconds = after_pilot(pilot([spread(NULL, 0.0), spread(FORK, 0.025)]))
    assert seconds == pytest.approx(17 * 3 * TOOK_S)
    assert sum(len(block) for block in design.blocks(plan)[PILOT_RUNS:]) == 17 * 3


def test_trials_become_longer_where_samples_are_what_varies() -> None:
    record = pilot([spread(FORK, 0.01, within=0.9)])
    found = fixed(record, 1)
    assert found.trial_s > SAMPLING_S
    assert found.samples == pytest.approx(SAMPLES * found.trial_s / SAMPLING_S, abs=1)
    assert found.trials == 1


def test_trials_become_shorter_where_workers_are_what_varies() -> None:
    record = pilot([spread(FORK, 0.04)], sampling_s=0.029)
    found = fixed(record, 1)
    assert found.trial_s == pytest.approx(0.029 / 4)
    assert found.runs == round_up_runs(41)


def test_pooled_runs_keep_the_shape_of_the_pilot() -> None:
    found = fixed(pilot([spread(FORK, 0.04)], pooled=True, sampling_s=0.029), 1)
    assert (found.trial_s, found.samples, found.trials) == (0.029, SAMPLES, 1)


def test_a_cell_that_gave_nothing_is_not_measured_again() -> None:
    record = pilot([spread(FORK, 0.04), spread(PIPE[0], 0.01)])
    failed = tuple(msgspec.structs.replace(t, error="no memory", count=0) if t.cell == 1 else t for t in record.trials)
    record = replace(record, trials=failed)
    plan, _ = after_pilot(record)
    assert plan.cells[1].confirmation is None
    assert plan.cells[2].confirmation is not None
    whole = Session(replace(record, plan=plan), ())
    assert whole.cells[1].reason == "no memory"
    assert whole.precision is not None
    assert next(one.why for one in whole.precision.cells if one.value is None) == "no memory"


def test_the_pilots_blocks_do_not_depend_on_what_follows() -> None:
    record = pilot([spread(FORK, 0.01), spread(PIPE[0], 0.01), spread(PIPE[1], 0.04)])
    plan, _ = after_pilot(record)
    before, after = design.blocks(record.plan), design.blocks(plan)
    assert (len(before), len(after)) == (PILOT_RUNS, PILOT_RUNS + round_up_runs(41))
    assert after[:PILOT_RUNS] == before
    counts = Counter(index for block in after[PILOT_RUNS:] for _, index, _ in block)
    assert counts == {i: cell.confirmation.runs for i, cell in enumerate(plan.cells) if cell.confirmation}
    forks = [number for number, block in enumerate(after[PILOT_RUNS:]) if 1 in {index for _, index, _ in block}]
    # Nine runs among forty-odd blocks: from the beginning to the end.
    assert forks[0] < 5
    assert forks[-1] > 35


def confirmed(values: Callable[[int], float], pooled: bool = False, runs: int = 9) -> Record:
    """A session whose pilot showed 100 us, and whose further runs show what is given."""

    def phased(trial: Trial) -> Trial:
        return msgspec.structs.replace(trial, phase="pilot" if trial.run < PILOT_RUNS else "")

    fork = (FORK, lambda run: 1e5 + run if run < PILOT_RUNS else values(run))
    made = session([(planned("empty"), lambda run: 0.0), fork], runs=PILOT_RUNS + runs, change=phased)
    fixed = Confirmation(runs=runs, wanted=runs, trial_s=1.0)
    plan = msgspec.structs.replace(
        made.plan,
        target=Target(precision=0.02, pooled=pooled),
        profile=msgspec.structs.replace(made.plan.profile, runs=PILOT_RUNS),
        cells=tuple(msgspec.structs.replace(cell, confirmation=fixed) for cell in made.plan.cells),
    )
    return replace(made, plan=plan)


def test_only_runs_after_the_pilot_count() -> None:
    record = confirmed(lambda run: 2e5 + run)
    fork = Session(record, ()).cells[1]
    assert fork.estimates is not None
    assert fork.runs == 9
    assert fork.estimates.typical.low > 1.9e-4
    pooled = Session(confirmed(lambda run: 2e5 + run, pooled=True), ()).cells[1]
    assert pooled.runs == 19
    assert summarise_cells(counted(record))[0].runs == 19


def test_runs_of_a_pilot_count_neither_in_a_comparison_nor_run_by_run() -> None:
    record, changed = confirmed(lambda run: 2e5 + run), confirmed(lambda run: 1e5 + run)
    (change,) = compare_records([record], [changed]).changes
    assert (change.counts, change.changed) == ((9, 9), Changed.LOWER)
    assert change.ratio is not None
    assert change.ratio.high < 0.51
    assert list(Session(record, ()).within_run(record.plan.cells[1].id)) == list(range(PILOT_RUNS, PILOT_RUNS + 9))
    both = confirmed(lambda run: 2e5 + run, pooled=True)
    (alike,) = compare_records([both], [both]).changes
    assert alike.counts == (19, 19)


def test_a_session_without_a_target_counts_all_of_it() -> None:
    record = session([(FORK, lambda run: 1e5)])
    assert counted(record) is record
    assert precision_of(record, summarise_cells(record)) is None
    assert list(reached_lines(None)) == []


@pytest.mark.parametrize(
    ("noise", "says"),
    [
        (0.001, "precision  asked 2 %, reached 0.0999 %"),
        (0.1, "precision  asked 2 %, reached 9.09 % (noisier than the pilot)"),
    ],
)
def test_what_was_reached_is_said(noise: float, says: str) -> None:
    record = confirmed(lambda run: 1e5 * (1 + noise * (-1) ** run))
    precision = Session(record, ()).precision
    assert list(reached_lines(precision)) == [says]


def test_the_worst_cell_is_named_and_all_that_missed_it() -> None:
    record = pilot([spread(FORK, 0.03), spread(PIPE[0], 0.01), spread(PIPE[1], 0.05)], budget_s=0.1)
    record = replace(record, plan=after_pilot(record)[0])
    lines = list(reached_lines(Session(record, ()).precision))
    assert lines == [
        f"precision  asked 2 %, reached 3 % (worst: {PIPE[1].id} 5 %, budget: 10 of 63 runs)",
        f"  not reached: {FORK.id} 3 %, budget: 10 of 25 runs",
    ]


def test_the_target_of_a_plan_stays_in_its_cells() -> None:
    plan: Plan = after_pilot(pilot([spread(FORK, 0.04)]))[0]
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan
