/* The expected bytes are made anew from the seed: a copy could be damaged as well. */
#include "canary.h"

#include <errno.h>
#include <sys/mman.h>

#include "rng.h"

int pw_canary_open(struct pw_canary *canary, size_t size, uint64_t seed)
{
	uint64_t random = seed | 1;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*canary = (struct pw_canary){ .seed = seed };
	if (memory == MAP_FAILED)
		return -errno;
	canary->bytes = memory;
	canary->size = size;
	for (size_t i = 0; i < size; i++)
		canary->bytes[i] = (unsigned char)(pw_rng_next(&random) >> 56);
	return 0;
}

void pw_canary_close(struct pw_canary *canary)
{
	if (canary->bytes)
		munmap(canary->bytes, canary->size);
	canary->bytes = NULL;
}

void pw_canary_scribble(struct pw_canary *canary)
{
	volatile unsigned char *bytes = canary->bytes;

	for (size_t i = 0; i < canary->size; i++)
		bytes[i] ^= 0xff;
}

uint64_t pw_canary_changed(const struct pw_canary *canary)
{
	const volatile unsigned char *bytes = canary->bytes;
	uint64_t random = canary->seed | 1;
	uint64_t changed = 0;

	for (size_t i = 0; i < canary->size; i++)
		changed += bytes[i] != (unsigned char)(pw_rng_next(&random) >> 56);
	return changed;
}

void pw_canary_digest(const struct pw_canary *canary, struct pw_sha256 *digest)
{
	pw_sha256(digest, canary->bytes, canary->size);
}
