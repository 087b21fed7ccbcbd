/*
 * A message through a socket of whole packets.  One op sends a message of n bytes to the peer and
 * gets it back, both through one pair of AF_UNIX sockets; inside the timed region each
 * side makes one write and one blocking read, for a message is one packet.  It is never
 * split: one that is larger than a send buffer may be is refused with EMSGSIZE.
 */
#include <sys/socket.h>

#include "socket.h"

static int connect_seqpacket(struct pw_channel *channel, const struct pw_trial *trial)
{
	(void)trial;
	return pw_socket_packets(channel, SOCK_SEQPACKET);
}

static int unix_seqpacket_message_open(void *state, const struct pw_trial *trial)
{
	return pw_channel_open_message(state, trial, connect_seqpacket);
}

const struct pw_primitive pw_unix_seqpacket_message = {
	.name = "unix_seqpacket_message",
	.state_size = sizeof(struct pw_channel),
	.open = unix_seqpacket_message_open,
	.drive = pw_channel_drive,
	.serve = pw_channel_serve,
	.close = pw_channel_close,
	.readings = pw_channel_readings,
};
