/* Layout of the mapping between caller and worker. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "io.h"
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

static uint64_t readings_offset(uint64_t capacity)
{
	return ops_offset(capacity) + aligned(capacity * sizeof(uint32_t));
}

uint64_t pw_shared_size(uint64_t capacity, uint64_t readings)
{
	return readings_offset(capacity) + aligned(capacity * readings * sizeof(int64_t));
}

int pw_shared_init(struct pw_shared *shared, uint64_t size, uint64_t capacity, uint64_t readings)
{
	if (capacity > UINT32_MAX || readings > PW_READINGS_MAX || size < pw_shared_size(capacity, readings))
		return -EINVAL;
	shared->magic = PW_MAGIC;
	shared->abi = PW_ABI;
	shared->size = size;
	shared->capacity = capacity;
	shared->ticks_offset = ticks_offset();
	shared->ops_offset = ops_offset(capacity);
	shared->readings_offset = readings_offset(capacity);
	shared->reading_count = readings;
	return 0;
}

static int settings_end(const struct pw_trial *trial)
{
	if (trial->setting_count > PW_SETTINGS_MAX)
		return 0;
	for (uint32_t i = 0; i < trial->setting_count; i++)
		if (!memchr(trial->settings[i].name, '\0', PW_NAME_MAX) ||
		    !memchr(trial->settings[i].word, '\0', PW_NAME_MAX))
			return 0;
	return 1;
}

int pw_shared_check(const struct pw_shared *shared, uint64_t size)
{
	const struct pw_trial *trial = &shared->trial;

	if (size < sizeof(*shared) || shared->magic != PW_MAGIC || shared->abi != PW_ABI ||
	    shared->size != size || shared->capacity > UINT32_MAX || shared->reading_count > PW_READINGS_MAX ||
	    pw_shared_size(shared->capacity, shared->reading_count) > size ||
	    shared->ticks_offset != ticks_offset() || shared->ops_offset != ops_offset(shared->capacity) ||
	    shared->readings_offset != readings_offset(shared->capacity))
		return -EPROTO;
	if (trial->samples > shared->capacity || !trial->batch || !trial->chunk ||
	    trial->parties > PW_PARTIES_MAX || !settings_end(trial) ||
	    !memchr(trial->subject, '\0', sizeof(trial->subject)) ||
	    !memchr(trial->target, '\0', sizeof(trial->target)) ||
	    !memchr(trial->directory, '\0', sizeof(trial->directory)))
		return -EINVAL;
	return 0;
}

struct pw_shared *pw_shared_attach(int fd)
{
	struct pw_shared *shared;
	struct stat st;

	if (fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof(*shared))
		return NULL;
	shared = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (shared == MAP_FAILED)
		return NULL;
	if (pw_shared_check(shared, (uint64_t)st.st_size)) {
		munmap(shared, (size_t)st.st_size);
		return NULL;
	}
	pw_io_close(&fd);
	return shared;
}
