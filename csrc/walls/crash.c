/* crash.*: a crash ends the task it happens in, and nothing else.  One wall for each cause. */
#include "crash_probe.h"

#define CRASH_WALL(fault)                                               \
	static int probe_##fault(struct pw_probe *probe)                \
	{                                                               \
		return pw_crash_probe(probe, #fault);                   \
	}                                                               \
	const struct pw_wall pw_wall_crash_##fault = {                  \
		.name = "crash." #fault,                                \
		.probe = probe_##fault,                                 \
	}

CRASH_WALL(segv_unmapped);
CRASH_WALL(segv_readonly);
CRASH_WALL(segv_exec);
CRASH_WALL(segv_kernel);
CRASH_WALL(segv_noncanonical);
CRASH_WALL(segv_pkey);
CRASH_WALL(stack_overflow);
CRASH_WALL(bus);
CRASH_WALL(bus_alignment);
CRASH_WALL(ill);
CRASH_WALL(privileged);
CRASH_WALL(fpe);
CRASH_WALL(trap);
CRASH_WALL(abort);
CRASH_WALL(heap_corruption);
CRASH_WALL(double_free);
CRASH_WALL(stack_smash);
CRASH_WALL(seccomp_process);
CRASH_WALL(seccomp_thread);
CRASH_WALL(rlimit_cpu);
CRASH_WALL(rlimit_as);
CRASH_WALL(kill);
CRASH_WALL(exit);
CRASH_WALL(stopped);
CRASH_WALL(deaf);
