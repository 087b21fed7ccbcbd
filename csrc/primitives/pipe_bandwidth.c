/*
 * Bandwidth of a pipe.  One op moves `transfer` bytes to the peer, in writes and reads
 * of `chunk` bytes, and ends with one byte back through a second pipe once all of them
 * are read; inside the timed region are all writes of one side, all reads of the other,
 * and that answer.  At most the pipe's 64 KiB are ever in flight.
 */
#include "stream.h"

static int pipe_bandwidth_open(void *state, const struct pw_trial *trial)
{
	return pw_stream_open(state, trial, pw_channel_pipes);
}

const struct pw_primitive pw_pipe_bandwidth = {
	.name = "pipe_bandwidth",
	.state_size = sizeof(struct pw_stream),
	.open = pipe_bandwidth_open,
	.drive = pw_stream_drive,
	.serve = pw_stream_serve,
	.close = pw_stream_close,
};
