/* xorshift64* (Vigna 2016): dither and patterns, never anything secret. */
#ifndef PW_RNG_H
#define PW_RNG_H

#include <stdint.h>

static inline uint64_t pw_rng_next(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 2685821657736338717ULL;
}

#endif
