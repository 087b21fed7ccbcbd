/*
 * A message through a datagram socket.  One op sends a message of n bytes to the peer and
 * gets it back, both through one pair of AF_UNIX sockets; inside the timed region each
 * side makes one write and one blocking read, for a message is one packet.  It is never
 * split: one that is larger than a send buffer may be is refused with EMSGSIZE.
 */
#include <sys/socket.h>

#include "socket.h"

static int connect_dgram(struct pw_channel *channel, const struct pw_trial *trial)
{
	(void)trial;
	return pw_socket_packets(channel, SOCK_DGRAM);
}

static int unix_dgram_message_open(void *state, const struct pw_trial *trial)
{
	return pw_channel_open_message(state, trial, connect_dgram);
}

const struct pw_primitive pw_unix_dgram_message = {
	.name = "unix_dgram_message",
	.state_size = sizeof(struct pw_channel),
	.open = unix_dgram_message_open,
	.drive = pw_channel_drive,
	.serve = pw_channel_serve,
	.close = pw_channel_close,
	.readings = pw_channel_readings,
};
