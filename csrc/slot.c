/* The mapping, and the copies in and out. */
#include "slot.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

/* Each slot begins on a line of its own. */
static size_t slot_size(const struct pw_exchange *exchange)
{
	return (exchange->size + PW_STATE_ALIGN - 1) / PW_STATE_ALIGN * PW_STATE_ALIGN;
}

static int map(struct pw_slots *slots, int fd)
{
	size_t size = slot_size(&slots->exchange);
	char *memory;
	/* Blocks now, or a full disk would be a SIGBUS at the first store. */
	int err = fd < 0 ? 0 : -posix_fallocate(fd, 0, (off_t)(2 * size));

	if (err)
		return err;
	memory = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0), fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	memset(memory, 0, 2 * size);
	slots->slot[PW_DRIVER] = memory;
	slots->slot[PW_PEER] = memory + size;
	slots->mapped = 2 * size;
	return 0;
}

int pw_slots_open(struct pw_slots *slots, const struct pw_trial *trial, int fd)
{
	int err = pw_exchange_open(&slots->exchange, trial, "message");

	if (!err)
		err = map(slots, fd);
	if (err)
		pw_exchange_close(&slots->exchange);
	return err;
}

static int slot_send(void *state, enum pw_side self)
{
	struct pw_slots *s = state;

	memcpy(s->slot[self], s->exchange.out[self], s->exchange.size);
	return pw_turn_give(&s->turn, pw_side_other(self));
}

static int slot_receive(void *state, enum pw_side self)
{
	struct pw_slots *s = state;
	int err = pw_turn_await(&s->turn, self);

	if (!err)
		memcpy(s->exchange.in[self], s->slot[pw_side_other(self)], s->exchange.size);
	return err;
}

int pw_slots_drive(void *state, uint64_t ops)
{
	return pw_exchange_drive(state, ops, slot_send, slot_receive);
}

int pw_slots_serve(void *state, uint64_t ops)
{
	return pw_exchange_serve(state, ops, slot_send, slot_receive);
}

void pw_slots_close(void *state)
{
	struct pw_slots *s = state;

	munmap(s->slot[PW_DRIVER], s->mapped);
	pw_exchange_close(&s->exchange);
}
