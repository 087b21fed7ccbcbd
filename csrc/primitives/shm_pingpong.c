/*
 * Shared-memory ping-pong, the physical floor of talking.  One op is a round
 * trip of one cache line between two CPUs that spin on it; no system call and no
 * switch is inside the timed region.
 */
#include "line.h"
#include "primitive.h"

const struct pw_primitive pw_shm_pingpong = {
	.name = "shm_pingpong",
	.state_size = sizeof(struct pw_line),
	.drive = pw_line_drive,
	.serve = pw_line_serve,
};
