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
CRASH_WALL(segv_kernel);
CRASH_WALL(bus);
CRASH_WALL(ill);
CRASH_WALL(fpe);
CRASH_WALL(abort);
