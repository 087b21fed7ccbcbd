/*
 * A message through a pipe.  One op sends a message of n bytes to the peer and
 * gets it back through a second pipe; inside the timed region each side makes at
 * least one write and one blocking read, more where the pipe is smaller than the
 * message.
 */
#include "channel.h"

static int pipe_message_open(void *state, const struct pw_trial *trial)
{
	return pw_channel_open_message(state, trial, pw_channel_pipes);
}

const struct pw_primitive pw_pipe_message = {
	.name = "pipe_message",
	.state_size = sizeof(struct pw_channel),
	.open = pipe_message_open,
	.drive = pw_channel_drive,
	.serve = pw_channel_serve,
	.close = pw_channel_close,
	.readings = pw_channel_readings,
};
