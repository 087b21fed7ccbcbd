/*
 * Shared-memory ping-pong, the physical floor of talking.  One op is a round
 * trip of one cache line between two CPUs that spin on it; no system call and no
 * switch is inside the timed region.  The spin has no pause instruction: on some
 * CPUs that alone costs more than the line's journey.
 */
#include <stdatomic.h>
#include <stdint.h>

#include "primitive.h"

#define CACHE_LINE 64

struct shm_state {
	_Alignas(CACHE_LINE) _Atomic uint64_t turn;     /* odd: the peer's */
};

static int shm_pingpong_drive(void *state, uint64_t ops)
{
	struct shm_state *s = state;
	uint64_t turn = atomic_load_explicit(&s->turn, memory_order_relaxed);

	while (ops--) {
		atomic_store_explicit(&s->turn, turn + 1, memory_order_release);
		turn += 2;
		while (atomic_load_explicit(&s->turn, memory_order_acquire) != turn)
			continue;
	}
	return 0;
}

static int shm_pingpong_serve(void *state, uint64_t ops)
{
	struct shm_state *s = state;

	while (ops--) {
		uint64_t turn;

		do
			turn = atomic_load_explicit(&s->turn, memory_order_acquire);
		while (!(turn & 1));
		atomic_store_explicit(&s->turn, turn + 1, memory_order_release);
	}
	return 0;
}

const struct pw_primitive pw_shm_pingpong = {
	.name = "shm_pingpong",
	.state_size = sizeof(struct shm_state),
	.drive = shm_pingpong_drive,
	.serve = shm_pingpong_serve,
};
