/*
 * Eventfd ping-pong.  One op is a round trip through two eventfds; inside the
 * timed region are two writes and two blocking reads of eight bytes.
 */
#include "baton.h"
#include "primitive.h"

static int eventfd_pingpong_open(void *state, const struct pw_trial *trial)
{
	(void)trial;
	return pw_baton_open_eventfds(state);
}

const struct pw_primitive pw_eventfd_pingpong = {
	.name = "eventfd_pingpong",
	.state_size = sizeof(struct pw_baton),
	.open = eventfd_pingpong_open,
	.drive = pw_baton_drive,
	.serve = pw_baton_serve,
	.close = pw_baton_close,
};
