/*
 * A tiny test runner.  A file of tests ends in one table; main.c lists the tables.
 * Each test runs in a process group of its own, so it may crash, hang or leak.
 */
#ifndef PW_CHECK_H
#define PW_CHECK_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "partywall.h"

struct check {
	const char *name;
	int failures;
};

struct check_test {
	const char *name;
	void (*run)(struct check *check);
};

struct check_suite {
	const char *name;
	const struct check_test *tests; /* ends with an empty one */
};

/* A failure is noted, and the test goes on. */
#define CHECK(check, condition) \
	check_note(check, (condition) ? 1 : 0, __FILE__, __LINE__, #condition)
#define CHECK_EQ(check, got, wanted) \
	check_equal(check, (int64_t)(got), (int64_t)(wanted), __FILE__, __LINE__, #got " == " #wanted)

static inline int check_note(struct check *check, int holds, const char *file, int line, const char *text)
{
	if (!holds) {
		check->failures++;
		printf("%s:%d: %s: %s\n", file, line, check->name, text);
	}
	return holds;
}

static inline int check_equal(struct check *check, int64_t got, int64_t wanted, const char *file, int line,
			      const char *text)
{
	if (got != wanted) {
		check->failures++;
		printf("%s:%d: %s: %s: got %lld, wanted %lld\n", file, line, check->name, text,
		       (long long)got, (long long)wanted);
	}
	return got == wanted;
}

/* Run one test in a child; 1 if it passed. */
int check_run(const char *suite, const struct check_test *test);
/* The closing line; returns the exit status. */
int check_close(int passed, int failed);

#endif
