"""What happens on the CPUs while nothing is measured, from the kernel's counters over a moment."""

import time
from collections.abc import Iterator

from partywall import host
from partywall.finding import Finding, Gravity

__all__ = ["watch"]

_MANY_INTERRUPTS = 1000
_STEAL_SHARE = 0.01
_BUSY_SHARE = 0.05


def _cpu_ticks(cpu: int) -> list[int]:
    for line in host.read_text("/proc/stat").splitlines():
        if line.startswith(f"cpu{cpu} "):
            return [int(word) for word in line.split()[1:]]
    return []


def _interrupts(cpu: int) -> dict[str, int]:
    """Interrupts so far on the CPU, by their line of /proc/interrupts."""
    lines = host.read_text("/proc/interrupts").splitlines()
    if not lines or f"CPU{cpu}" not in lines[0].split():
        return {}
    column = lines[0].split().index(f"CPU{cpu}")
    found = {}
    for line in lines[1:]:
        name, _, rest = line.partition(":")
        words = rest.split()
        if len(words) > column and words[column].isdigit():
            label = " ".join(words[len(lines[0].split()) :]) or name.strip()
            found[f"{name.strip()} {label}".strip()] = int(words[column])
    return found


def watch(cpus: list[int], window_s: float) -> list[Finding]:
    """Steal, other work and interrupts of each CPU, counted over ``window_s`` seconds."""
    ticks = {cpu: _cpu_ticks(cpu) for cpu in cpus}
    interrupts = {cpu: _interrupts(cpu) for cpu in cpus}
    begin = time.monotonic()
    time.sleep(window_s)
    seconds = time.monotonic() - begin
    return [finding for cpu in cpus for finding in _changes(cpu, ticks[cpu], interrupts[cpu], seconds)]


def _changes(cpu: int, ticks: list[int], interrupts: dict[str, int], seconds: float) -> Iterator[Finding]:
    now = _cpu_ticks(cpu)
    if len(ticks) > 7 and len(now) > 7:
        spent = [b - a for a, b in zip(ticks, now, strict=True)]
        total = max(1, sum(spent[:8]))
        steal, busy = spent[7] / total, 1 - (spent[3] + spent[4]) / total
        yield Finding(
            name=f"steal on CPU {cpu}",
            gravity=Gravity.BAD if steal > _STEAL_SHARE else Gravity.GOOD,
            observed=f"{steal:.1%} over {seconds:.1f} s",
            effect="the hypervisor runs something else while a trial is timed" if steal > _STEAL_SHARE else "",
            remedy="another time of day, or a dedicated host" if steal > _STEAL_SHARE else "",
        )
        yield Finding(
            name=f"other work on CPU {cpu}",
            gravity=Gravity.BAD if busy > _BUSY_SHARE else Gravity.GOOD,
            observed=f"busy {busy:.1%} of the time over {seconds:.1f} s",
            effect="trials share the CPU; they are flagged as crowded" if busy > _BUSY_SHARE else "",
            remedy="end what runs, or allow other CPUs with taskset" if busy > _BUSY_SHARE else "",
        )
    rates = {name: (count - interrupts.get(name, 0)) / seconds for name, count in _interrupts(cpu).items()}
    if rates:
        most = sorted(rates, key=lambda name: -rates[name])[:2]
        rate = sum(rates.values())
        many = rate > _MANY_INTERRUPTS
        yield Finding(
            name=f"interrupts on CPU {cpu}",
            gravity=Gravity.NOTE if many else Gravity.GOOD,
            observed=f"{rate:.0f} a second, most of them {', '.join(f'{n} ({rates[n]:.0f})' for n in most)}",
            effect="each adds microseconds to an op now and then: tails more than medians" if many else "",
            remedy="move them with /proc/irq/*/smp_affinity" if many else "",
        )
