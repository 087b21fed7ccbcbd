/* A thread that does nothing but look at the clock: whatever keeps it from that, it sees as a gap. */
#ifndef PW_PULSE_H
#define PW_PULSE_H

#include <stdatomic.h>
#include <stdint.h>

enum pw_pulse_state { PW_PULSE_IDLE, PW_PULSE_WANTED, PW_PULSE_BEATING, PW_PULSE_ENOUGH };

/* Lies in memory that both sides share. */
struct pw_pulse {
	_Atomic uint32_t state;
	volatile uint64_t longest;      /* ticks between two looks, of the last time it beat */
	volatile uint64_t beats;
};

/* The body of the thread, which ends with its process. */
void pw_pulse_run(struct pw_pulse *pulse, uint32_t clock);
/* From the other side: return once it beats, or is idle again.  -ETIMEDOUT if it does not answer. */
int pw_pulse_begin(struct pw_pulse *pulse);
int pw_pulse_end(struct pw_pulse *pulse);

#endif
