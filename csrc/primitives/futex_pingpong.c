/*
 * Futex ping-pong.  One op is a round trip: the driver hands the turn to the
 * peer and sleeps until it is handed back; inside the timed region are two wakes
 * and two waits.  The futex is a shared one for both kinds of peer, so that the
 * difference between them is the address space and not the look-up of the key.
 */
#include "futex.h"
#include "primitive.h"

enum turn { DRIVER, PEER };

struct futex_state {
	_Atomic uint32_t turn;
};

static int futex_pingpong_drive(void *state, uint64_t ops)
{
	struct futex_state *s = state;
	int err = 0;

	while (!err && ops--) {
		err = pw_futex_post(&s->turn, PEER);
		if (!err)
			err = pw_futex_wait_while(&s->turn, PEER);
	}
	return err;
}

static int futex_pingpong_serve(void *state, uint64_t ops)
{
	struct futex_state *s = state;
	int err = 0;

	while (!err && ops--) {
		err = pw_futex_wait_while(&s->turn, DRIVER);
		if (!err)
			err = pw_futex_post(&s->turn, DRIVER);
	}
	return err;
}

const struct pw_primitive pw_futex_pingpong = {
	.name = "futex_pingpong",
	.state_size = sizeof(struct futex_state),
	.drive = futex_pingpong_drive,
	.serve = futex_pingpong_serve,
};
