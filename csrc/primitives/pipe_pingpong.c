/*
 * Pipe ping-pong.  One op is a round trip of one byte through two pipes; inside
 * the timed region are two writes and two blocking reads.
 */
#include "duplex.h"
#include "io.h"
#include "primitive.h"

static int pipe_pingpong_open(void *state, const struct pw_trial *trial)
{
	(void)trial;
	return pw_duplex_open(state);
}

static int pipe_pingpong_drive(void *state, uint64_t ops)
{
	struct pw_duplex *duplex = state;
	char byte = 0;
	int err = 0;

	while (!err && ops--) {
		err = pw_io_write_all(duplex->request[1], &byte, 1);
		if (!err)
			err = pw_io_read_all(duplex->reply[0], &byte, 1);
	}
	return err;
}

static int pipe_pingpong_serve(void *state, uint64_t ops)
{
	struct pw_duplex *duplex = state;
	char byte;
	int err = 0;

	while (!err && ops--) {
		err = pw_io_read_all(duplex->request[0], &byte, 1);
		if (!err)
			err = pw_io_write_all(duplex->reply[1], &byte, 1);
	}
	return err;
}

static void pipe_pingpong_close(void *state)
{
	pw_duplex_close(state);
}

const struct pw_primitive pw_pipe_pingpong = {
	.name = "pipe_pingpong",
	.state_size = sizeof(struct pw_duplex),
	.open = pipe_pingpong_open,
	.drive = pipe_pingpong_drive,
	.serve = pipe_pingpong_serve,
	.close = pipe_pingpong_close,
};
