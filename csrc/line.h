/*
 * One cache line that two tasks on two CPUs hand to and fro; each spins until it is its
 * turn.  The spin has no pause instruction: on some CPUs that alone costs more than the
 * line's journey.
 */
#ifndef PW_LINE_H
#define PW_LINE_H

#include <stdatomic.h>
#include <stdint.h>

#define PW_LINE_SIZE 64

/* Lies first in the state of the primitives that hand it over. */
struct pw_line {
	_Alignas(PW_LINE_SIZE) _Atomic uint64_t turn;   /* odd: the peer's */
};

/* The peer's half of a turn: wait for the line; what it holds then. */
static inline uint64_t pw_line_take(struct pw_line *line)
{
	uint64_t turn;

	do
		turn = atomic_load_explicit(&line->turn, memory_order_acquire);
	while (!(turn & 1));
	return turn;
}

static inline void pw_line_give(struct pw_line *line, uint64_t turn)
{
	atomic_store_explicit(&line->turn, turn + 1, memory_order_release);
}

/* Hooks of a primitive whose state is a pw_line. */
int pw_line_drive(void *state, uint64_t ops);
int pw_line_serve(void *state, uint64_t ops);

#endif
