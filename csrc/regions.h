/*
 * One page in every kind of memory that a process has of its own, and one that it
 * shares, all of known random content.
 */
#ifndef PW_REGIONS_H
#define PW_REGIONS_H

#include <stdint.h>

#define PW_REGION_SIZE 4096

enum pw_region {
	PW_REGION_DATA,
	PW_REGION_BSS,
	PW_REGION_HEAP,
	PW_REGION_STACK,                /* of whoever calls open */
	PW_REGION_TLS,                  /* of the thread that calls open */
	PW_REGION_ENVIRONMENT,
	PW_REGION_ANONYMOUS,
	PW_REGION_FILE,                 /* a private mapping of a file */
	PW_REGION_SHARED,
	PW_REGION_COUNT
};

#define PW_REGION_PRIVATE PW_REGION_SHARED

struct pw_regions {
	unsigned char *bytes[PW_REGION_COUNT];
	char *env_string;
	char *env_block[2];
	char **env_before;
	uint64_t seed;
};

/* `stack` is a page of the caller's frame.  Close is always due, even where this fails. */
int pw_regions_open(struct pw_regions *regions, unsigned char *stack, uint64_t seed);
void pw_regions_close(struct pw_regions *regions);

/* The old content again. */
void pw_regions_fill(const struct pw_regions *regions);
/* New random content, no byte of which is the old one; returns the private bytes changed. */
uint64_t pw_regions_rewrite(const struct pw_regions *regions, uint64_t random);
/* Bytes of one region that differ from the old content. */
uint64_t pw_regions_changed(const struct pw_regions *regions, int region);

#endif
