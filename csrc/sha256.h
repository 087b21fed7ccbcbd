/* SHA-256 (FIPS 180-4) of memory that is all there. */
#ifndef PW_SHA256_H
#define PW_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define PW_SHA256_WORDS 8

/* The digest, its first bytes in the high half of word[0]. */
struct pw_sha256 {
	uint32_t word[PW_SHA256_WORDS];
};

void pw_sha256(struct pw_sha256 *digest, const void *bytes, size_t size);
/* 1 where all bits are the same. */
int pw_sha256_equal(const struct pw_sha256 *one, const struct pw_sha256 *other);
/* The first 64 bits, as what a fact has room for. */
uint64_t pw_sha256_head(const struct pw_sha256 *digest);

#endif
