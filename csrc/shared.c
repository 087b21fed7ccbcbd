/* Layout of the mapping between caller and worker. */
#include <errno.h>
#include <string.h>

#include "worker.h"

#define ALIGN 4096ULL

static uint64_t aligned(uint64_t size)
{
	return (size + ALIGN - 1) / ALIGN * ALIGN;
}

static uint64_t ticks_offset(void)
{
	return aligned(sizeof(struct pw_shared));
}

static uint64_t ops_offset(uint64_t capacity)
{
	return ticks_offset() + aligned(capacity * sizeof(uint64_t));
}

uint32_t pw_abi(void)
{
	return PW_ABI;
}

uint64_t pw_shared_size(uint64_t capacity)
{
	return ops_offset(capacity) + aligned(capacity * sizeof(uint32_t));
}

int pw_shared_init(struct pw_shared *shared, uint64_t size, uint64_t capacity)
{
	if (capacity > UINT32_MAX || size < pw_shared_size(capacity))
		return -EINVAL;
	shared->magic = PW_MAGIC;
	shared->abi = PW_ABI;
	shared->size = size;
	shared->capacity = capacity;
	shared->ticks_offset = ticks_offset();
	shared->ops_offset = ops_offset(capacity);
	return 0;
}

int pw_shared_check(const struct pw_shared *shared, uint64_t size)
{
	const struct pw_trial *trial = &shared->trial;

	if (size < sizeof(*shared) || shared->magic != PW_MAGIC || shared->abi != PW_ABI ||
	    shared->size != size || shared->capacity > UINT32_MAX || pw_shared_size(shared->capacity) > size ||
	    shared->ticks_offset != ticks_offset() || shared->ops_offset != ops_offset(shared->capacity))
		return -EPROTO;
	if (trial->samples > shared->capacity || !trial->batch || !trial->chunk ||
	    !memchr(trial->subject, '\0', sizeof(trial->subject)) ||
	    !memchr(trial->target, '\0', sizeof(trial->target)) ||
	    !memchr(trial->directory, '\0', sizeof(trial->directory)))
		return -EINVAL;
	return 0;
}
