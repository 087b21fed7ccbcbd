/*
 * The calls of a futex ping-pong, with nobody to switch to.  One op is what both
 * sides of one round trip do, made by one task: two wakes of nobody, and two
 * waits that return at once, since the word is not what they say it is.
 */
#include "futex.h"
#include "primitive.h"

struct futex_calls_state {
	_Atomic uint32_t turn;
};

static int futex_calls_wait(_Atomic uint32_t *turn, uint32_t unlike)
{
	if (syscall(SYS_futex, turn, FUTEX_WAIT, unlike, NULL, NULL, 0) == 0)
		return -EPROTO;
	return errno == EAGAIN ? 0 : -errno;
}

static int futex_calls_drive(void *state, uint64_t ops)
{
	struct futex_calls_state *s = state;
	int err = 0;

	while (!err && ops--) {
		for (uint32_t turn = 0; !err && turn < 2; turn++) {
			err = pw_futex_post(&s->turn, turn);
			if (!err)
				err = futex_calls_wait(&s->turn, !turn);
		}
	}
	return err;
}

const struct pw_primitive pw_futex_calls = {
	.name = "futex_calls",
	.state_size = sizeof(struct futex_calls_state),
	.drive = futex_calls_drive,
};
