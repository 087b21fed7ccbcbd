/* The counters carry release and acquire: what was copied before is seen after. */
#include "spsc.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "setting.h"

#define CAPACITY (64 * 1024)
/* Both sides copy at once only if a part is published while the next one is copied. */
#define PIECES 4

int pw_spsc_open(struct pw_spsc *ring, const struct pw_trial *trial)
{
	size_t capacity = pw_setting_number(trial, "ring", CAPACITY);
	char *memory;

	if (!capacity)
		return -EINVAL;
	memory = mmap(NULL, capacity, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	memset(memory, 0, capacity);
	*ring = (struct pw_spsc){
		.bytes = memory,
		.capacity = capacity,
		.piece = capacity < PIECES ? 1 : capacity / PIECES,
	};
	return 0;
}

void pw_spsc_close(struct pw_spsc *ring)
{
	if (ring->bytes)
		munmap(ring->bytes, ring->capacity);
	*ring = (struct pw_spsc){ 0 };
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void advance(struct pw_spsc_end *end, size_t capacity, size_t size, _Atomic uint64_t *counter)
{
	end->count += size;
	end->offset = end->offset + size == capacity ? 0 : end->offset + size;
	atomic_store_explicit(counter, end->count, memory_order_release);
}

void pw_spsc_put(struct pw_spsc *ring, const char *from, size_t size)
{
	struct pw_spsc_end *end = &ring->producer;

	while (size) {
		size_t part = least(size, least(ring->piece, ring->capacity - end->offset));
		size_t room = ring->capacity - (size_t)(end->count - end->seen);

		if (room < part) {
			end->seen = atomic_load_explicit(&ring->taken, memory_order_acquire);
			continue;
		}
		memcpy(ring->bytes + end->offset, from, part);
		advance(end, ring->capacity, part, &ring->put);
		from += part;
		size -= part;
	}
}

void pw_spsc_take(struct pw_spsc *ring, char *to, size_t size)
{
	struct pw_spsc_end *end = &ring->consumer;

	while (size) {
		size_t part = least(size, least(ring->piece, ring->capacity - end->offset));
		size_t there = (size_t)(end->seen - end->count);

		if (there < part) {
			end->seen = atomic_load_explicit(&ring->put, memory_order_acquire);
			continue;
		}
		memcpy(to, ring->bytes + end->offset, part);
		advance(end, ring->capacity, part, &ring->taken);
		to += part;
		size -= part;
	}
}
