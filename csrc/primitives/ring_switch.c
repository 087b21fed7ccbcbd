/*
 * A ring of tasks.  One op is one round of a byte through n tasks on one CPU, each
 * of which blocks until it has the byte, touches its own working set once, and
 * hands the byte on through a pipe.  Inside the timed region are n writes, n
 * blocking reads, n touches and n switches.
 */
#include <errno.h>
#include <sched.h>

#include "primitive.h"
#include "ring.h"

/* A task that is woken may preempt the one that hands on; that one must then run once more, only
 * to block, and a round takes more switches than there are tasks.  SCHED_BATCH tasks wait
 * until it has blocked, as real-time tasks of one priority do anyway. */
static int ring_switch_wait_in_turn(void)
{
	struct sched_param param = { .sched_priority = 0 };
	int policy = sched_getscheduler(0);

	if (policy < 0)
		return -errno;
	return policy == SCHED_OTHER && sched_setscheduler(0, SCHED_BATCH, &param) < 0 ? -errno : 0;
}

static int ring_switch_open(void *state, const struct pw_trial *trial)
{
	struct pw_ring *ring = state;
	int err = pw_ring_open(ring, trial);

	if (err)
		return err;
	err = trial->parties == ring->tasks ? pw_ring_open_pipes(ring) : -EINVAL;
	if (!err)
		err = ring_switch_wait_in_turn();
	if (!err)
		err = pw_workset_open(&ring->set[0], trial, 0);
	if (err)
		pw_ring_close(ring);
	return err;
}

static int ring_switch_drive(void *state, uint64_t ops)
{
	struct pw_ring *ring = state;
	const uint8_t round = (uint8_t)(ring->tasks - 1);
	uint8_t token;
	int err = 0;

	while (!err && ops--) {
		err = pw_ring_send(ring, 1, 0);
		if (!err)
			err = pw_ring_receive(ring, 0, &token);
		if (!err && token != round)
			err = -EPROTO;
		if (!err)
			err = pw_workset_touch(&ring->set[0]);
	}
	return err;
}

/* A peer's memory is its own: it comes to be in the peer, before the first byte does. */
static int ring_switch_relay(void *state, uint32_t index, uint64_t ops)
{
	struct pw_ring *ring = state;
	struct pw_workset *set = &ring->set[index];
	const uint32_t next = index + 1 < ring->tasks ? index + 1 : 0;
	uint8_t token;
	int err = set->opened ? 0 : pw_workset_open(set, ring->trial, index);

	while (!err && ops--) {
		err = pw_ring_receive(ring, index, &token);
		if (!err)
			err = pw_workset_touch(set);
		if (!err)
			err = pw_ring_send(ring, next, (uint8_t)(token + 1));
	}
	return err;
}

const struct pw_primitive pw_ring_switch = {
	.name = "ring_switch",
	.state_size = sizeof(struct pw_ring),
	.open = ring_switch_open,
	.drive = ring_switch_drive,
	.relay = ring_switch_relay,
	.close = pw_ring_close,
};
