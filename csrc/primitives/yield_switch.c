/*
 * Yield to each other.  One op is one sched_yield of the driver, during which
 * the peer on the same CPU runs and yields back: two switches, two system calls.
 * A yield with nobody to yield to is no switch, so the harness checks the count;
 * the kernel books these switches as involuntary, since the task stays runnable.
 */
#include <errno.h>
#include <sched.h>

#include "primitive.h"

static int yield_switch_turn(void *state, uint64_t ops)
{
	(void)state;
	while (ops--)
		if (sched_yield() < 0)
			return -errno;
	return 0;
}

const struct pw_primitive pw_yield_switch = {
	.name = "yield_switch",
	.drive = yield_switch_turn,
	.serve = yield_switch_turn,
};
