/*
 * The calls of a pipe ping-pong, with nobody to switch to.  One op is what both
 * sides of one round trip do, made by one task: two writes of one byte and two
 * reads that find it there.
 */
#include "baton.h"
#include "primitive.h"

static int pipe_calls_open(void *state, const struct pw_trial *trial)
{
	(void)trial;
	return pw_baton_open_pipes(state);
}

const struct pw_primitive pw_pipe_calls = {
	.name = "pipe_calls",
	.state_size = sizeof(struct pw_baton),
	.open = pipe_calls_open,
	.drive = pw_baton_drive_alone,
	.close = pw_baton_close,
};
