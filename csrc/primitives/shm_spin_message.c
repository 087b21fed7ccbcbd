/*
 * A message through shared memory, spinning.  One op copies a message of n bytes into
 * a ring that the peer takes it from, and back through a second ring.  Inside the
 * timed region are four copies and no system call; a message that is longer than a
 * quarter of the ring goes in parts, so that both sides copy at once.  Both sides keep
 * their CPU busy, so they need two.
 */
#include "exchange.h"
#include "spsc.h"

struct shm_spin_state {
	struct pw_exchange exchange;
	struct pw_spsc ring[PW_SIDES];  /* by the side that sends */
};

static void shm_spin_message_close(void *state)
{
	struct shm_spin_state *s = state;

	pw_spsc_close(&s->ring[PW_DRIVER]);
	pw_spsc_close(&s->ring[PW_PEER]);
	pw_exchange_close(&s->exchange);
}

static int shm_spin_message_open(void *state, const struct pw_trial *trial)
{
	struct shm_spin_state *s = state;
	int err = pw_exchange_open(&s->exchange, trial, "message");

	if (!err)
		err = pw_spsc_open(&s->ring[PW_DRIVER], trial);
	if (!err)
		err = pw_spsc_open(&s->ring[PW_PEER], trial);
	if (err)
		shm_spin_message_close(state);
	return err;
}

static int spin_send(void *state, enum pw_side self)
{
	struct shm_spin_state *s = state;

	pw_spsc_put(&s->ring[self], s->exchange.out[self], s->exchange.size);
	return 0;
}

static int spin_receive(void *state, enum pw_side self)
{
	struct shm_spin_state *s = state;

	pw_spsc_take(&s->ring[pw_side_other(self)], s->exchange.in[self], s->exchange.size);
	return 0;
}

static int shm_spin_message_drive(void *state, uint64_t ops)
{
	return pw_exchange_drive(state, ops, spin_send, spin_receive);
}

static int shm_spin_message_serve(void *state, uint64_t ops)
{
	return pw_exchange_serve(state, ops, spin_send, spin_receive);
}

const struct pw_primitive pw_shm_spin_message = {
	.name = "shm_spin_message",
	.state_size = sizeof(struct shm_spin_state),
	.open = shm_spin_message_open,
	.drive = shm_spin_message_drive,
	.serve = shm_spin_message_serve,
	.close = shm_spin_message_close,
	.readings = pw_exchange_readings,
};
