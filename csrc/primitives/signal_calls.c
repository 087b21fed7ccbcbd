/*
 * The calls of a signal ping-pong, with nobody to switch to.  One op is what both
 * sides of one round trip do, made by one task: it sends itself the signal and
 * takes it from the queue, twice.
 */
#include "primitive.h"
#include "rtsignal.h"

static int signal_calls_open(void *state, const struct pw_trial *trial)
{
	int err = pw_rtsignal_block();

	(void)trial;
	return err ? err : pw_rtsignal_enter(state);
}

static int signal_calls_drive(void *state, uint64_t ops)
{
	struct pw_rtsignal_task *self = state;
	int err = 0;

	while (!err && ops--) {
		for (int side = 0; !err && side < 2; side++) {
			err = pw_rtsignal_send(self);
			if (!err)
				err = pw_rtsignal_await(self);
		}
	}
	return err;
}

const struct pw_primitive pw_signal_calls = {
	.name = "signal_calls",
	.state_size = sizeof(struct pw_rtsignal_task),
	.open = signal_calls_open,
	.drive = signal_calls_drive,
};
