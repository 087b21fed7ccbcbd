/*
 * Work for a worker that is there already.  One op is to hand a task to the pool's
 * worker, a process or a thread that was started before, to sleep until it is done, and
 * to look at its result: what creating costs is what the create primitives take longer.
 * Inside the timed region are two wakes and two waits; the task is the same next to
 * nothing that a created child does.
 */
#include "futex.h"
#include "primitive.h"

enum turn { DRIVER, WORKER };

struct pool_state {
	_Atomic uint32_t turn;
	uint32_t task;
	uint32_t result;
};

static int pool_handoff_drive(void *state, uint64_t ops)
{
	struct pool_state *s = state;
	int err = 0;

	while (!err && ops--) {
		uint32_t task = ++s->task;

		err = pw_futex_post(&s->turn, WORKER);
		if (!err)
			err = pw_futex_wait_while(&s->turn, WORKER);
		if (!err && s->result != task + PW_TARGET_STATUS)
			err = -EBADMSG;
	}
	return err;
}

static int pool_handoff_serve(void *state, uint64_t ops)
{
	struct pool_state *s = state;
	int err = 0;

	while (!err && ops--) {
		err = pw_futex_wait_while(&s->turn, DRIVER);
		if (err)
			break;
		s->result = s->task + PW_TARGET_STATUS;
		err = pw_futex_post(&s->turn, DRIVER);
	}
	return err;
}

const struct pw_primitive pw_pool_handoff = {
	.name = "pool_handoff",
	.state_size = sizeof(struct pool_state),
	.drive = pool_handoff_drive,
	.serve = pool_handoff_serve,
};
