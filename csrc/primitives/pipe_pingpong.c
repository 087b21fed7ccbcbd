/*
 * Pipe ping-pong.  One op is a round trip of one byte through two pipes; inside
 * the timed region are two writes and two blocking reads.
 */
#include "baton.h"
#include "primitive.h"

static int pipe_pingpong_open(void *state, const struct pw_trial *trial)
{
	(void)trial;
	return pw_baton_open_pipes(state);
}

const struct pw_primitive pw_pipe_pingpong = {
	.name = "pipe_pingpong",
	.state_size = sizeof(struct pw_baton),
	.open = pipe_pingpong_open,
	.drive = pw_baton_drive,
	.serve = pw_baton_serve,
	.close = pw_baton_close,
};
