/* The clock is read as it is for the begin of a sample: not before what precedes it is done. */
#include "pulse.h"

#include <errno.h>

#include "clock.h"
#include "futex.h"

#define PATIENCE_NS 1000000000ULL
#define NAP_NS 20000

/* No call of the kernel in here: it would be a gap.  So nobody is woken either. */
static void beat(struct pw_pulse *pulse, uint32_t clock)
{
	uint64_t last = pw_clock_begin(clock);
	uint64_t longest = 0;
	uint64_t beats = 0;
	uint32_t state;

	atomic_store_explicit(&pulse->state, PW_PULSE_BEATING, memory_order_release);
	do {
		uint64_t now;

		/* Before the clock: the last look is for one who was not here when it was enough. */
		state = atomic_load_explicit(&pulse->state, memory_order_acquire);
		now = pw_clock_begin(clock);
		if (now - last > longest)
			longest = now - last;
		last = now;
		beats++;
	} while (state == PW_PULSE_BEATING);
	pulse->longest = longest;
	pulse->beats = beats;
	atomic_store_explicit(&pulse->state, PW_PULSE_IDLE, memory_order_release);
}

void pw_pulse_run(struct pw_pulse *pulse, uint32_t clock)
{
	while (!pw_futex_wait_while(&pulse->state, PW_PULSE_IDLE))
		if (atomic_load_explicit(&pulse->state, memory_order_acquire) == PW_PULSE_WANTED)
			beat(pulse, clock);
}

static int await(struct pw_pulse *pulse, uint32_t before, uint32_t after)
{
	uint64_t begin = pw_clock_raw_ns();

	while (atomic_load_explicit(&pulse->state, memory_order_acquire) != after) {
		if (pw_clock_raw_ns() - begin > PATIENCE_NS)
			return -ETIMEDOUT;
		pw_futex_nap_while(&pulse->state, before, NAP_NS);
	}
	return 0;
}

int pw_pulse_begin(struct pw_pulse *pulse)
{
	int err = pw_futex_post(&pulse->state, PW_PULSE_WANTED);

	return err ? err : await(pulse, PW_PULSE_WANTED, PW_PULSE_BEATING);
}

int pw_pulse_end(struct pw_pulse *pulse)
{
	atomic_store_explicit(&pulse->state, PW_PULSE_ENOUGH, memory_order_release);
	return await(pulse, PW_PULSE_ENOUGH, PW_PULSE_IDLE);
}
