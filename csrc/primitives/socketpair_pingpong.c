/*
 * Socketpair ping-pong.  One op is a round trip of one byte through two pairs of
 * connected AF_UNIX stream sockets, one pair each way; inside the timed region are
 * two writes and two blocking reads.
 */
#include "baton.h"
#include "primitive.h"

static int socketpair_pingpong_open(void *state, const struct pw_trial *trial)
{
	(void)trial;
	return pw_baton_open_sockets(state);
}

const struct pw_primitive pw_socketpair_pingpong = {
	.name = "socketpair_pingpong",
	.state_size = sizeof(struct pw_baton),
	.open = socketpair_pingpong_open,
	.drive = pw_baton_drive,
	.serve = pw_baton_serve,
	.close = pw_baton_close,
};
