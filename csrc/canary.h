/* Memory whose every byte is known in advance, so that damage to it can be counted. */
#ifndef PW_CANARY_H
#define PW_CANARY_H

#include <stddef.h>
#include <stdint.h>

#include "sha256.h"

struct pw_canary {
	unsigned char *bytes;
	size_t size;
	uint64_t seed;
};

/* Private pages, filled from `seed`. */
int pw_canary_open(struct pw_canary *canary, size_t size, uint64_t seed);
void pw_canary_close(struct pw_canary *canary);

/* Spoil every byte; no byte stays as it was. */
void pw_canary_scribble(struct pw_canary *canary);
/* Bytes that are not what they were filled with. */
uint64_t pw_canary_changed(const struct pw_canary *canary);
void pw_canary_digest(const struct pw_canary *canary, struct pw_sha256 *digest);

#endif
