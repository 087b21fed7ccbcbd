/*
 * A message through shared memory, sleeping.  One op copies a message of n bytes
 * into a shared slot, wakes the peer, which copies it out, into a second slot and
 * wakes the driver, which copies it out.  Inside the timed region are four copies,
 * two futex wakes and up to two futex waits; no page changes hands.
 */
#include "slot.h"

static int shm_futex_message_open(void *state, const struct pw_trial *trial)
{
	return pw_slots_open(state, trial, -1);
}

const struct pw_primitive pw_shm_futex_message = {
	.name = "shm_futex_message",
	.state_size = sizeof(struct pw_slots),
	.open = shm_futex_message_open,
	.drive = pw_slots_drive,
	.serve = pw_slots_serve,
	.close = pw_slots_close,
	.readings = pw_exchange_readings,
};
