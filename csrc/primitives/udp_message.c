/*
 * A message through UDP.  One op sends a message of n bytes to the peer and gets it
 * back, each time as one datagram over the loopback interface; inside the timed region
 * each side makes one write and one blocking read.  It is never split by us: one larger
 * than 65507 bytes is refused with EMSGSIZE.  Only one is in flight, so none is dropped
 * for want of room.
 */
#include "socket.h"

static int udp_message_open(void *state, const struct pw_trial *trial)
{
	return pw_channel_open_message(state, trial, pw_socket_udp);
}

const struct pw_primitive pw_udp_message = {
	.name = "udp_message",
	.state_size = sizeof(struct pw_channel),
	.open = udp_message_open,
	.drive = pw_channel_drive,
	.serve = pw_channel_serve,
	.close = pw_channel_close,
	.readings = pw_channel_readings,
};
