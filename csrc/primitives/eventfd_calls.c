/*
 * The calls of an eventfd ping-pong, with nobody to switch to.  One op is what
 * both sides of one round trip do, made by one task: two writes and two reads
 * that find the value there.
 */
#include "baton.h"
#include "primitive.h"

static int eventfd_calls_open(void *state, const struct pw_trial *trial)
{
	(void)trial;
	return pw_baton_open_eventfds(state);
}

const struct pw_primitive pw_eventfd_calls = {
	.name = "eventfd_calls",
	.state_size = sizeof(struct pw_baton),
	.open = eventfd_calls_open,
	.drive = pw_baton_drive_alone,
	.close = pw_baton_close,
};
