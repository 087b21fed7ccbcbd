/* SHA-256 against the examples of its standard. */
#include <stdlib.h>

#include "check.h"
#include "sha256.h"

static void expect_digest(struct check *check, const char *text, size_t times, const uint32_t *wanted)
{
	size_t length = strlen(text);
	char *whole = malloc(length * times + 1);
	struct pw_sha256 digest;

	if (!CHECK(check, whole != NULL))
		return;
	for (size_t i = 0; i < times; i++)
		memcpy(whole + i * length, text, length);
	pw_sha256(&digest, whole, length * times);
	for (size_t i = 0; i < PW_SHA256_WORDS; i++)
		CHECK_EQ(check, digest.word[i], wanted[i]);
	free(whole);
}

/* The examples of FIPS 180-4: nothing, one block, two blocks, and a million letters. */
static void digests_are_those_of_the_standard(struct check *check)
{
	static const uint32_t nothing[] = {
		0xe3b0c442, 0x98fc1c14, 0x9afbf4c8, 0x996fb924, 0x27ae41e4, 0x649b934c, 0xa495991b, 0x7852b855,
	};
	static const uint32_t abc[] = {
		0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223, 0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad,
	};
	static const uint32_t two[] = {
		0x248d6a61, 0xd20638b8, 0xe5c02693, 0x0c3e6039, 0xa33ce459, 0x64ff2167, 0xf6ecedd4, 0x19db06c1,
	};
	static const uint32_t million[] = {
		0xcdc76e5c, 0x9914fb92, 0x81a1c7e2, 0x84d73e67, 0xf1809a48, 0xa497200e, 0x046d39cc, 0xc7112cd0,
	};

	expect_digest(check, "", 1, nothing);
	expect_digest(check, "abc", 1, abc);
	expect_digest(check, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, two);
	expect_digest(check, "a", 1000000, million);
}

static void digests_are_compared_as_a_whole(struct check *check)
{
	struct pw_sha256 one = { { 1, 2, 3, 4, 5, 6, 7, 8 } };
	struct pw_sha256 other = one;

	CHECK(check, pw_sha256_equal(&one, &other));
	other.word[PW_SHA256_WORDS - 1] ^= 1;
	CHECK(check, !pw_sha256_equal(&one, &other));
	CHECK_EQ(check, pw_sha256_head(&one), 0x0000000100000002);
}

static const struct check_test tests[] = {
	{ "digests_are_those_of_the_standard", digests_are_those_of_the_standard },
	{ "digests_are_compared_as_a_whole", digests_are_compared_as_a_whole },
	{ NULL, NULL },
};

const struct check_suite suite_sha256 = { "sha256", tests };
