/* Making, filling and comparing the regions. */
#include "regions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io.h"
#include "rng.h"

#define ENV_NAME "PARTYWALL_COW="
#define ENV_PREFIX (sizeof(ENV_NAME) - 1)

/* Statics on purpose: .data, .bss and TLS are what is probed, and hold nothing else. */
static unsigned char in_data[PW_REGION_SIZE] = { 1 };
static unsigned char in_bss[PW_REGION_SIZE];
static _Thread_local unsigned char in_tls[PW_REGION_SIZE];

/* Each region has a stream of its own, from which its old content can be told. */
static uint64_t stream_of(const struct pw_regions *regions, int region)
{
	uint64_t random = (regions->seed ^ (((uint64_t)region + 1) << 32)) | 1;

	pw_rng_next(&random);
	return random;
}

static void fill(const struct pw_regions *regions, int region, unsigned char *bytes)
{
	uint64_t random = stream_of(regions, region);

	for (size_t i = 0; i < PW_REGION_SIZE; i++)
		bytes[i] = (unsigned char)(pw_rng_next(&random) >> 56);
}

uint64_t pw_regions_changed(const struct pw_regions *regions, int region)
{
	const volatile unsigned char *bytes = regions->bytes[region];
	uint64_t random = stream_of(regions, region);
	uint64_t changed = 0;

	for (size_t i = 0; i < PW_REGION_SIZE; i++)
		changed += bytes[i] != (unsigned char)(pw_rng_next(&random) >> 56);
	return changed;
}

void pw_regions_fill(const struct pw_regions *regions)
{
	/* What is right already stays untouched: a page of the file that nobody wrote
	 * to is still the file's own, which is the case to probe. */
	for (int region = 0; region < PW_REGION_COUNT; region++)
		if (pw_regions_changed(regions, region))
			fill(regions, region, regions->bytes[region]);
}

uint64_t pw_regions_rewrite(const struct pw_regions *regions, uint64_t random)
{
	uint64_t changed = 0;

	random |= 1;
	for (int region = 0; region < PW_REGION_COUNT; region++) {
		volatile unsigned char *bytes = regions->bytes[region];

		for (size_t i = 0; i < PW_REGION_SIZE; i++)
			bytes[i] ^= (unsigned char)(1 + (pw_rng_next(&random) >> 32) % 255);
		if (region < PW_REGION_PRIVATE)
			changed += pw_regions_changed(regions, region);
	}
	return changed;
}

/* NULL with errno set. */
static void *map(size_t size, int flags, int fd)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static int open_file_region(struct pw_regions *regions)
{
	unsigned char content[PW_REGION_SIZE];
	int fd = memfd_create("partywall-cow", MFD_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	fill(regions, PW_REGION_FILE, content);
	err = pw_io_write_all(fd, content, sizeof(content));
	if (!err) {
		regions->bytes[PW_REGION_FILE] = map(PW_REGION_SIZE, MAP_PRIVATE, fd);
		err = regions->bytes[PW_REGION_FILE] ? 0 : -errno;
	}
	pw_io_close(&fd);
	return err;
}

/* A block of our own in place of the old one: setenv takes a lock that, in a child
 * of a threaded caller, may never be released. */
static int open_environment(struct pw_regions *regions)
{
	regions->env_string = malloc(ENV_PREFIX + PW_REGION_SIZE + 1);
	if (!regions->env_string)
		return -ENOMEM;
	memcpy(regions->env_string, ENV_NAME, ENV_PREFIX);
	regions->env_string[ENV_PREFIX + PW_REGION_SIZE] = '\0';
	regions->bytes[PW_REGION_ENVIRONMENT] = (unsigned char *)regions->env_string + ENV_PREFIX;
	regions->env_block[0] = regions->env_string;
	regions->env_before = environ;
	environ = regions->env_block;
	return 0;
}

int pw_regions_open(struct pw_regions *regions, unsigned char *stack, uint64_t seed)
{
	int err;

	*regions = (struct pw_regions){ .seed = seed };
	regions->bytes[PW_REGION_STACK] = stack;
	regions->bytes[PW_REGION_DATA] = in_data;
	regions->bytes[PW_REGION_BSS] = in_bss;
	regions->bytes[PW_REGION_TLS] = in_tls;
	regions->bytes[PW_REGION_HEAP] = malloc(PW_REGION_SIZE);
	regions->bytes[PW_REGION_ANONYMOUS] = map(PW_REGION_SIZE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	regions->bytes[PW_REGION_SHARED] = map(PW_REGION_SIZE, MAP_SHARED | MAP_ANONYMOUS, -1);
	if (!regions->bytes[PW_REGION_HEAP] || !regions->bytes[PW_REGION_ANONYMOUS] ||
	    !regions->bytes[PW_REGION_SHARED])
		return -ENOMEM;
	err = open_file_region(regions);
	return err ? err : open_environment(regions);
}

void pw_regions_close(struct pw_regions *regions)
{
	const int mapped[] = { PW_REGION_ANONYMOUS, PW_REGION_FILE, PW_REGION_SHARED };

	if (regions->env_string)
		environ = regions->env_before;
	free(regions->env_string);
	free(regions->bytes[PW_REGION_HEAP]);
	for (size_t i = 0; i < sizeof(mapped) / sizeof(mapped[0]); i++)
		if (regions->bytes[mapped[i]])
			munmap(regions->bytes[mapped[i]], PW_REGION_SIZE);
}
