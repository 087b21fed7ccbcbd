/*
 * A message through TCP.  One op sends a message of n bytes to the peer and gets it
 * back, through one connection over the loopback interface; inside the timed region
 * each side makes at least one write and one blocking read, more where the sockets'
 * buffers are smaller than the message.  Nagle's delay is off.
 */
#include "socket.h"

static int tcp_message_open(void *state, const struct pw_trial *trial)
{
	return pw_channel_open_message(state, trial, pw_socket_tcp);
}

const struct pw_primitive pw_tcp_message = {
	.name = "tcp_message",
	.state_size = sizeof(struct pw_channel),
	.open = tcp_message_open,
	.drive = pw_channel_drive,
	.serve = pw_channel_serve,
	.close = pw_channel_close,
	.readings = pw_channel_readings,
};
