/* The probes of private memory, with the facts that they must find on a sound Linux. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"
#include "check.h"
#include "fixture.h"
#include "pages.h"
#include "wall.h"

#define MOST 12

struct fact {
	const char *name;
	int64_t value;
};

struct expectation {
	const char *wall;
	const char *refusal;            /* how the only reason for a refusal begins; NULL: none is accepted */
	int errors[MOST];               /* ... and with which of these, ended by 0 */
	struct fact facts[MOST];        /* ended by no name */
};

static const struct expectation expectations[] = {
	{ "mem.prot", "no page may be made executable", { -EACCES, -EPERM }, {
		{ "passed_load", 0 }, { "passed_store", 0 }, { "passed_exec", 0 }, { "control_load", 1 },
		{ "control_store", 1 }, { "control_exec", 1 }, { "accesses_reached", 3 },
		{ "accesses_refused", 3 }, { "accesses_passed", 0 }, { "other_endings", 0 } } },
	{ "mem.kernel", NULL, { 0 }, {
		{ "accesses_passed", 0 }, { "other_endings", 0 }, { "control_loaded", 1 } } },
	{ "mem.fork_policy", "no MADV_WIPEONFORK", { -EOPNOTSUPP }, {
		{ "accesses_refused", 1 }, { "accesses_passed", 0 }, { "other_endings", 0 }, { "wiped_read", 1 },
		{ "wiped_bytes_seen", 0 } } },
	{ "mem.frames", "/proc/self/pagemap hides", { -EPERM, -EACCES, -ENOENT }, {
		{ "pages", 16 }, { "equal_before", 16 }, { "equal_after", 0 }, { "control_shared_before", 16 },
		{ "control_shared_after", 16 } } },
	{ "mem.remanence", "less than 256 MiB", { -ENOMEM }, {
		{ "pattern_hits", 0 }, { "nonzero_words", 0 }, { "control_hits", 16 * 511 } } },
	{ "mem.foreign_pointer", NULL, { 0 }, {
		{ "programs", 4 }, { "programs_answered", 4 }, { "other_endings", 0 }, { "secret_words", 256 },
		{ "secret_words_seen", 0 }, { "control_words_seen", 256 } } },
	{ "mem.aslr", NULL, { 0 }, {
		{ "layouts_read", 64 }, { "control_forked", 4 }, { "control_forked_same", 4 } } },
	{ "mem.secret", "no", { -ENOSYS, -EPERM, -EAGAIN }, {
		{ "readv_seen", 0 }, { "readv_errno", EFAULT }, { "mem_seen", 0 }, { "mem_errno", EIO },
		{ "control_readv_seen", 4096 }, { "control_mem_seen", 4096 } } },
	{ "mem.ksm", "", { -EOPNOTSUPP, -EAGAIN, -ENOSYS, -EACCES }, {
		{ "control_merged", 16 }, { "changed_bytes", 0 } } },
	{ "mem.pkey", "", { -EOPNOTSUPP, -EPERM }, {
		{ "accesses", 2 }, { "accesses_refused", 2 }, { "passed_load", 0 }, { "passed_store", 0 },
		{ "control_load", 1 }, { "control_store", 1 } } },
	{ "mem.side_channels", "the kernel says nothing", { -EOPNOTSUPP }, { { "read", 1 } } },
	/* The last one: it may enter a user namespace. */
	{ "mem.core", "", { -EPERM, -EACCES, -ENOSYS, -ENOSPC, -EUSERS }, {
		{ "aborted", 3 }, { "control_cores", 1 }, { "control_flagged", 1 }, { "control_pieces", 8 },
		{ "dontdump_cores", 1 }, { "dontdump_pieces", 0 }, { "limited_cores", 0 },
		{ "limited_flagged", 0 } } },
};

static int accepted(const struct expectation *wanted, int err, const char *reason)
{
	if (!wanted->refusal || !*reason || strncmp(reason, wanted->refusal, strlen(wanted->refusal)) != 0)
		return 0;
	for (int i = 0; wanted->errors[i]; i++)
		if (wanted->errors[i] == err)
			return 1;
	return 0;
}

static int64_t fact(const struct pw_shared *shared, const char *name)
{
	int64_t value;

	fixture_fact(&shared->result, name, &value);
	return value;
}

static const struct expectation *expectation(const char *wall)
{
	const struct expectation *wanted = expectations;

	while (strcmp(wanted->wall, wall) != 0)
		wanted++;
	return wanted;
}

/* NULL if it was refused, for a reason that is accepted or with a failure of the test. */
static struct pw_shared *prove(struct check *check, const struct expectation *wanted)
{
	struct pw_shared *shared = fixture_open(1, wanted->wall);
	const struct pw_wall *wall = pw_wall_find(wanted->wall);
	struct pw_probe probe = { 0 };
	int err;

	check->name = wanted->wall;
	if (!CHECK(check, shared && wall))
		return NULL;
	shared->trial.task = PW_TASK_PROVE;
	fixture_set(&shared->trial, "host", 0, "process");
	memcpy(shared->trial.target, PW_TEST_TARGET, sizeof(PW_TEST_TARGET));
	probe = (struct pw_probe){ .trial = &shared->trial, .result = &shared->result };
	err = wall->probe(&probe);
	if (!err)
		return shared;
	if (!accepted(wanted, err, shared->result.reason)) {
		check->failures++;
		printf("%s: error %d: %s\n", wanted->wall, err, shared->result.reason);
	}
	fixture_close(shared);
	return NULL;
}

static void walls(struct check *check)
{
	int open = fixture_descriptors();

	for (size_t i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++) {
		struct pw_shared *shared = prove(check, &expectations[i]);

		for (const struct fact *wanted = expectations[i].facts; shared && wanted->name; wanted++)
			if (!CHECK_EQ(check, fact(shared, wanted->name), wanted->value))
				printf("%s: %s\n", expectations[i].wall, wanted->name);
		if (shared)
			fixture_close(shared);
		CHECK(check, waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
		CHECK_EQ(check, fixture_descriptors(), open);
	}
}

/* An access that is let through, or that ends for another reason, is not taken for the wall. */
static void attempts_tell_causes_apart(struct check *check)
{
	struct pw_attempt *attempt = pw_attempt_open();
	struct pw_attempt_tally tally = { 0 };
	char *page = NULL;

	if (!CHECK(check, attempt && pw_pages_map(pw_pages_size(), &page) == 0))
		return;
	page[0] = 55;
	CHECK_EQ(check, pw_attempt_make(attempt, pw_attempt_load, page), 0);
	CHECK_EQ(check, attempt->passed, 1);
	CHECK_EQ(check, attempt->seen, 55);
	pw_attempt_count(&tally, attempt, pw_attempt_refused(attempt, SEGV_ACCERR, page));
	CHECK_EQ(check, mprotect(page, pw_pages_size(), PROT_READ), 0);
	CHECK_EQ(check, pw_attempt_make(attempt, pw_attempt_store, page), 0);
	pw_attempt_count(&tally, attempt, pw_attempt_refused(attempt, SEGV_ACCERR, page));
	CHECK_EQ(check, pw_attempt_refused(attempt, SEGV_ACCERR, page + 1), 0);
	CHECK_EQ(check, munmap(page, pw_pages_size()), 0);
	CHECK_EQ(check, pw_attempt_make(attempt, pw_attempt_store, page), 0);
	CHECK_EQ(check, attempt->code, SEGV_MAPERR);
	pw_attempt_count(&tally, attempt, pw_attempt_refused(attempt, SEGV_ACCERR, page));
	CHECK_EQ(check, tally.reached, 3);
	CHECK_EQ(check, tally.passed, 1);
	CHECK_EQ(check, tally.refused, 1);
	CHECK_EQ(check, tally.other, 1);
	pw_attempt_close(attempt);
}

/* The fact of a probe that runs where the wall has been taken down: -1 where that cannot be done. */
static int64_t without(struct check *check, unsigned long flag, const char *wall, const char *name)
{
	int now = personality(0xffffffff);
	struct pw_shared *shared;
	int64_t value;

	/* A filter may forbid it. */
	if (now < 0 || personality((unsigned long)now | flag) < 0)
		return -1;
	shared = prove(check, expectation(wall));
	if (!shared)
		return -1;
	value = fact(shared, name);
	fixture_close(shared);
	return value;
}

/* Where reading implies executing, as old programs may ask for, there is no such wall. */
static void an_executable_page_is_seen(struct check *check)
{
	int64_t passed = without(check, READ_IMPLIES_EXEC, "mem.prot", "passed_exec");

	CHECK(check, passed == 1 || passed == -1);
}

static void layouts_that_are_not_random_are_seen(struct check *check)
{
	int64_t repeated = without(check, ADDR_NO_RANDOMIZE, "mem.aslr", "layouts_repeated");

	CHECK(check, repeated == 63 || repeated == -1);
}

static const struct check_test tests[] = {
	{ "walls", walls },
	{ "attempts_tell_causes_apart", attempts_tell_causes_apart },
	{ "an_executable_page_is_seen", an_executable_page_is_seen },
	{ "layouts_that_are_not_random_are_seen", layouts_that_are_not_random_are_seen },
	{ NULL, NULL },
};

const struct check_suite suite_memory = { "memory", tests };
