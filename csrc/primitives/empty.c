/*
 * Nothing.  One op is one turn of an empty loop; what is timed is the harness
 * itself: two clock reads and one indirect call.  It is the clock arm that every
 * other figure is corrected by.
 */
#include "primitive.h"

static int empty_drive(void *state, uint64_t ops)
{
	(void)state;
	while (ops--)
		__asm__ __volatile__("" ::: "memory");
	return 0;
}

const struct pw_primitive pw_empty = {
	.name = "empty",
	.drive = empty_drive,
};
