/*
 * The calls of a yield switch, with nobody to switch to.  One op is what driver
 * and peer do between them in one op of yield_switch: two calls of sched_yield,
 * here made by a task that is alone on its CPU.
 */
#include <errno.h>
#include <sched.h>

#include "primitive.h"

static int yield_calls_drive(void *state, uint64_t ops)
{
	(void)state;
	while (ops--)
		if (sched_yield() < 0 || sched_yield() < 0)
			return -errno;
	return 0;
}

const struct pw_primitive pw_yield_calls = {
	.name = "yield_calls",
	.drive = yield_calls_drive,
};
