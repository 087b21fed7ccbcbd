/*
 * A message through a stream socket.  One op sends a message of n bytes to the peer
 * and gets it back, both through one pair of AF_UNIX sockets; inside the timed region
 * each side makes at least one write and one blocking read, more where the socket's
 * buffer is smaller than the message.
 */
#include "socket.h"

static int unix_stream_message_open(void *state, const struct pw_trial *trial)
{
	return pw_channel_open_message(state, trial, pw_socket_stream);
}

const struct pw_primitive pw_unix_stream_message = {
	.name = "unix_stream_message",
	.state_size = sizeof(struct pw_channel),
	.open = unix_stream_message_open,
	.drive = pw_channel_drive,
	.serve = pw_channel_serve,
	.close = pw_channel_close,
	.readings = pw_channel_readings,
};
