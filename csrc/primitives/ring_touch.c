/*
 * The memory of a ring of tasks, with nobody to switch to.  One op is what n tasks
 * do in one round, made by one task: it touches n working sets one after another.
 * No system call is made.
 */
#include "primitive.h"
#include "ring.h"

static int ring_touch_open(void *state, const struct pw_trial *trial)
{
	struct pw_ring *ring = state;
	int err = pw_ring_open(ring, trial);

	if (err)
		return err;
	for (uint32_t task = 0; !err && task < ring->tasks; task++)
		err = pw_workset_open(&ring->set[task], trial, task);
	if (err)
		pw_ring_close(ring);
	return err;
}

static int ring_touch_drive(void *state, uint64_t ops)
{
	const struct pw_ring *ring = state;
	int err = 0;

	while (!err && ops--)
		for (uint32_t task = 0; !err && task < ring->tasks; task++)
			err = pw_workset_touch(&ring->set[task]);
	return err;
}

const struct pw_primitive pw_ring_touch = {
	.name = "ring_touch",
	.state_size = sizeof(struct pw_ring),
	.open = ring_touch_open,
	.drive = ring_touch_drive,
	.close = pw_ring_close,
};
