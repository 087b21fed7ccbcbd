/* The loops of both sides. */
#include "line.h"

int pw_line_drive(void *state, uint64_t ops)
{
	struct pw_line *line = state;
	uint64_t turn = atomic_load_explicit(&line->turn, memory_order_relaxed);

	while (ops--) {
		pw_line_give(line, turn);
		turn += 2;
		while (atomic_load_explicit(&line->turn, memory_order_acquire) != turn)
			continue;
	}
	return 0;
}

int pw_line_serve(void *state, uint64_t ops)
{
	while (ops--)
		pw_line_give(state, pw_line_take(state));
	return 0;
}
