/*
 * The calls of a socketpair ping-pong, with nobody to switch to.  One op is what
 * both sides of one round trip do, made by one task: two writes of one byte and
 * two reads that find it there.
 */
#include "baton.h"
#include "primitive.h"

static int socketpair_calls_open(void *state, const struct pw_trial *trial)
{
	(void)trial;
	return pw_baton_open_sockets(state);
}

const struct pw_primitive pw_socketpair_calls = {
	.name = "socketpair_calls",
	.state_size = sizeof(struct pw_baton),
	.open = socketpair_calls_open,
	.drive = pw_baton_drive_alone,
	.close = pw_baton_close,
};
