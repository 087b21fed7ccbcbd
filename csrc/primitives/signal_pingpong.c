/*
 * Signal ping-pong.  One op is a round trip of a blocked real-time signal: each
 * side sends it to the other task and waits for the answer.  Inside the timed
 * region are two calls of tgkill and two of rt_sigtimedwait; no handler runs.
 */
#include "primitive.h"
#include "rtsignal.h"

struct signal_state {
	struct pw_rtsignal_task driver;
	struct pw_rtsignal_task peer;
};

static int signal_pingpong_open(void *state, const struct pw_trial *trial)
{
	struct signal_state *s = state;
	int err = pw_rtsignal_block();

	(void)trial;
	return err ? err : pw_rtsignal_enter(&s->driver);
}

static int signal_pingpong_drive(void *state, uint64_t ops)
{
	struct signal_state *s = state;
	int err = 0;

	while (!err && ops--) {
		err = pw_rtsignal_send(&s->peer);
		if (!err)
			err = pw_rtsignal_await(&s->peer);
	}
	return err;
}

static int signal_pingpong_serve(void *state, uint64_t ops)
{
	struct signal_state *s = state;
	int err = s->peer.tid ? 0 : pw_rtsignal_enter(&s->peer);

	while (!err && ops--) {
		err = pw_rtsignal_await(&s->driver);
		if (!err)
			err = pw_rtsignal_send(&s->driver);
	}
	return err;
}

const struct pw_primitive pw_signal_pingpong = {
	.name = "signal_pingpong",
	.state_size = sizeof(struct signal_state),
	.open = signal_pingpong_open,
	.drive = signal_pingpong_drive,
	.serve = signal_pingpong_serve,
};
