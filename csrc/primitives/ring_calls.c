/*
 * The calls of a ring of tasks, with nobody to switch to.  One op is what n tasks
 * do in one round, made by one task on as many pipes: n writes of one byte and n
 * reads that find it there.  No memory is touched.
 */
#include <errno.h>

#include "primitive.h"
#include "ring.h"

static int ring_calls_open(void *state, const struct pw_trial *trial)
{
	int err = pw_ring_open(state, trial);

	if (err)
		return err;
	err = pw_ring_open_pipes(state);
	if (err)
		pw_ring_close(state);
	return err;
}

static int ring_calls_drive(void *state, uint64_t ops)
{
	const struct pw_ring *ring = state;
	int err = 0;

	while (!err && ops--) {
		for (uint32_t task = 0; !err && task < ring->tasks; task++) {
			uint8_t token;

			err = pw_ring_send(ring, task, (uint8_t)task);
			if (!err)
				err = pw_ring_receive(ring, task, &token);
			if (!err && token != (uint8_t)task)
				err = -EPROTO;
		}
	}
	return err;
}

const struct pw_primitive pw_ring_calls = {
	.name = "ring_calls",
	.state_size = sizeof(struct pw_ring),
	.open = ring_calls_open,
	.drive = ring_calls_drive,
	.close = pw_ring_close,
};
