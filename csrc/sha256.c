/* Block by block, with the padding in one or two blocks of their own. */
#include "sha256.h"

#include <string.h>

#define BLOCK 64
#define ROUNDS 64
#define LENGTH_AT (BLOCK - 8)

/* The first 32 bits of the fractions of the cube roots of the first 64 primes ... */
static const uint32_t constants[ROUNDS] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};
/* ... and of the square roots of the first eight. */
static const uint32_t start[PW_SHA256_WORDS] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static uint32_t turn(uint32_t word, unsigned int bits)
{
	return word >> bits | word << (32 - bits);
}

static void schedule(uint32_t *w, const unsigned char *block)
{
	for (size_t i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
		       (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (size_t i = 16; i < ROUNDS; i++) {
		uint32_t near = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10;
		uint32_t far = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3;

		w[i] = near + w[i - 7] + far + w[i - 16];
	}
}

static void mix(uint32_t *h, const unsigned char *block)
{
	uint32_t w[ROUNDS];
	uint32_t v[PW_SHA256_WORDS];

	schedule(w, block);
	memcpy(v, h, sizeof(v));
	for (size_t i = 0; i < ROUNDS; i++) {
		uint32_t high = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25);
		uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
		uint32_t one = v[7] + high + choice + constants[i] + w[i];
		uint32_t low = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22);
		uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);

		memmove(v + 1, v, sizeof(v) - sizeof(v[0]));
		v[4] += one;
		v[0] = one + low + majority;
	}
	for (size_t i = 0; i < PW_SHA256_WORDS; i++)
		h[i] += v[i];
}

void pw_sha256(struct pw_sha256 *digest, const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	unsigned char last[2 * BLOCK] = { 0 };
	size_t left = size % BLOCK;
	size_t blocks = left < LENGTH_AT ? 1 : 2;
	uint64_t bits = (uint64_t)size * 8;

	memcpy(digest->word, start, sizeof(start));
	for (size_t whole = size / BLOCK; whole; whole--, at += BLOCK)
		mix(digest->word, at);
	if (left)
		memcpy(last, at, left);
	last[left] = 0x80;
	for (size_t i = 0; i < sizeof(bits); i++)
		last[blocks * BLOCK - 1 - i] = (unsigned char)(bits >> (8 * i));
	for (size_t i = 0; i < blocks; i++)
		mix(digest->word, last + i * BLOCK);
}

int pw_sha256_equal(const struct pw_sha256 *one, const struct pw_sha256 *other)
{
	return memcmp(one->word, other->word, sizeof(one->word)) == 0;
}

uint64_t pw_sha256_head(const struct pw_sha256 *digest)
{
	return (uint64_t)digest->word[0] << 32 | digest->word[1];
}
