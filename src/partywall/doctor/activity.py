"""What happens on the CPUs while nothing is measured, from the kernel's counters over a moment."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from partywall import kernel_counters
from partywall.finding import Finding, Gravity, good, unknown

__all__ = ["judge_interrupts", "judge_pressure", "judge_ticks", "watch"]

_MANY_INTERRUPTS = 1000
_STEAL_SHARE = 0.01
_BUSY_SHARE = 0.05
_PRESSURE_SHARE = 0.05
_COUNTED_TICKS = 8  # user to steal; what guests use is in them already


def watch(cpus: Sequence[int], window_s: float, root: Path = Path("/")) -> list[Finding]:
    """Steal, other work and interrupts of each CPU, and pressure, counted over ``window_s`` seconds."""
    ticks = {cpu: kernel_counters.cpu_ticks(cpu, root) for cpu in cpus}
    interrupts = {cpu: kernel_counters.interrupts([cpu], root) for cpu in cpus}
    pressure = kernel_counters.pressure_ns(root)
    begin = time.monotonic()
    time.sleep(window_s)
    seconds = time.monotonic() - begin
    found: list[Finding] = []
    for cpu in cpus:
        found += judge_ticks(cpu, ticks[cpu], kernel_counters.cpu_ticks(cpu, root), seconds)
        found += judge_interrupts(cpu, interrupts[cpu], kernel_counters.interrupts([cpu], root), seconds)
    found.append(judge_pressure(pressure, kernel_counters.pressure_ns(root), seconds))
    return found


def judge_ticks(cpu: int, before: Sequence[int], now: Sequence[int], seconds: float) -> Iterator[Finding]:
    """Steal and other work from two readings of a CPU's line in /proc/stat; nothing if it has none."""
    if min(len(before), len(now)) < _COUNTED_TICKS:
        return
    spent = [b - a for a, b in zip(before, now, strict=True)]
    total = max(1, sum(spent[:_COUNTED_TICKS]))
    steal, busy = spent[7] / total, 1 - (spent[3] + spent[4]) / total
    name, observed = f"steal on CPU {cpu}", f"{steal:.1%} over {seconds:.1f} s"
    if steal > _STEAL_SHARE:
        yield Finding(
            name=name,
            gravity=Gravity.BAD,
            observed=observed,
            effect="the hypervisor runs something else while a trial is timed",
            remedy="another time of day, or a dedicated host",
        )
    else:
        yield good(name, observed)
    name, observed = f"other work on CPU {cpu}", f"busy {busy:.1%} of the time over {seconds:.1f} s"
    if busy > _BUSY_SHARE:
        yield Finding(
            name=name,
            gravity=Gravity.BAD,
            observed=observed,
            effect="trials share the CPU; they are flagged as crowded",
            remedy="end what runs, or allow other CPUs with taskset; this lists who runs there",
            command=f"ps -eLo psr,pcpu,comm --sort=-pcpu | awk '$1=={cpu}' | head",
        )
    else:
        yield good(name, observed)


def judge_interrupts(cpu: int, before: Mapping[str, int], now: Mapping[str, int], seconds: float) -> Iterator[Finding]:
    """How often a CPU was interrupted between two readings, and by what; nothing if that is not counted."""
    rates = {name: (count - before.get(name, 0)) / seconds for name, count in now.items()}
    if not rates:
        return
    most = sorted(rates, key=lambda name: -rates[name])[:2]
    rate = sum(rates.values())
    observed = f"{rate:.0f} a second, most of them {', '.join(f'{name} ({rates[name]:.0f})' for name in most)}"
    if rate <= _MANY_INTERRUPTS:
        yield good(f"interrupts on CPU {cpu}", observed)
        return
    yield Finding(
        name=f"interrupts on CPU {cpu}",
        gravity=Gravity.NOTE,
        observed=observed,
        effect="each adds microseconds to an op now and then: tails more than medians",
        remedy="let other CPUs serve the devices",
        command=f"for i in /proc/irq/[0-9]*; do echo {0 if cpu else 1} | sudo tee $i/smp_affinity_list; done",
    )


def judge_pressure(before: int, now: int, seconds: float) -> Finding:
    """For which share of the time some task of the machine waited for a CPU."""
    if before < 0 or now < 0:
        return unknown("CPU pressure", "not counted here (psi=1 on the kernel's command line)")
    share = (now - before) * 1e-9 / seconds
    observed = f"tasks waited for a CPU {share:.1%} of {seconds:.1f} s"
    if share <= _PRESSURE_SHARE:
        return good("CPU pressure", observed)
    return Finding(
        name="CPU pressure",
        gravity=Gravity.BAD,
        observed=observed,
        effect="the machine has more to do than CPUs to do it: trials wait, or others wait for trials",
        remedy="run nothing else while measuring; this lists who runs",
        command="ps -eo pcpu,pid,comm --sort=-pcpu | head",
    )
