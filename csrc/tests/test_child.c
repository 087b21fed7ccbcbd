/* What the create primitives share: held children, phases, reports, and what goes wrong. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "procfile.h"
#include "state.h"

static void decimals_go_both_ways(struct check *check)
{
	const uint64_t numbers[] = { 0, 9, 10, 1234567890, UINT64_MAX };
	const char *const texts[] = { "0", "9", "10", "1234567890", "18446744073709551615" };
	char text[PW_DECIMAL_MAX];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		CHECK(check, pw_decimal_write(text, numbers[i]) == text + strlen(texts[i]));
		CHECK(check, strcmp(text, texts[i]) == 0);
		CHECK_EQ(check, pw_decimal_read(text), numbers[i]);
	}
	CHECK_EQ(check, pw_decimal_read("\t 17 kB"), 17);
	CHECK_EQ(check, pw_decimal_read("none"), 0);
}

static void the_kernel_is_asked_by_label(struct check *check)
{
	char path[PW_PROCFILE_PATH];

	pw_procfile_path(path, getpid(), "status");
	CHECK_EQ(check, pw_procfile_number(path, "Pid"), getpid());
	CHECK_EQ(check, pw_procfile_number(path, "Threads"), 1);
	/* Part of a label is none. */
	CHECK_EQ(check, pw_procfile_number(path, "Thread"), -ENODATA);
	CHECK_EQ(check, pw_procfile_number("/nowhere", "Pid"), -ENOENT);
}

static void a_target_that_cannot_be_called(struct check *check)
{
	static const char *const many[] = { "1", "2", "3", "4", "5", NULL };
	static const char *const some[] = { "1", "2", "3", "4", NULL };
	struct pw_target target = { .path = "" };
	char path[PW_PATH_MAX + 2];

	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	CHECK_EQ(check, pw_target_set(&target, path, some), -ENAMETOOLONG);
	CHECK_EQ(check, pw_target_set(&target, "/bin/sh", many), -E2BIG);
	CHECK_EQ(check, pw_target_set(&target, "/nowhere/at/all", some), -ENOENT);
	CHECK_EQ(check, pw_target_set(&target, "/bin/sh", some), 0);
	for (int mode = 0; mode < PW_MODE_COUNT; mode++) {
		CHECK(check, strcmp(target.argv[mode][4], "4") == 0);
		CHECK(check, target.argv[mode][5] == NULL);
	}
}

/* Each creates one child; what becomes of it is in its name. */
static pid_t create_well(struct pw_child *child, struct pw_birth birth)
{
	pid_t pid = fork();

	if (pid == 0) {
		pw_child_begin(child, birth);
		pw_child_exit(child, birth);
	}
	return pid;
}

static pid_t create_refused(struct pw_child *child, struct pw_birth birth)
{
	pid_t pid = fork();

	if (pid == 0)
		pw_child_fail(child, EPERM);
	return pid;
}

static pid_t create_silent(struct pw_child *child, struct pw_birth birth)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(PW_TARGET_STATUS);
	return pid;
}

static pid_t create_crashing(struct pw_child *child, struct pw_birth birth)
{
	pid_t pid = fork();

	if (pid == 0) {
		raise(SIGKILL);
		_exit(PW_TARGET_STATUS);
	}
	return pid;
}

static pid_t create_nothing(struct pw_child *child, struct pw_birth birth)
{
	return -EAGAIN;
}

static int inspect_lives(struct pw_child *child, pid_t pid)
{
	char path[PW_PROCFILE_PATH];

	pw_procfile_path(path, pid, "status");
	/* Of one that has ended nothing is known of its memory. */
	return pw_procfile_number(path, "VmRSS") > 0 ? 0 : -ESRCH;
}

static int inspect_refuses(struct pw_child *child, pid_t pid)
{
	return -EPROTO;
}

static int open_with(const struct pw_creation *creation, uint32_t readings, struct pw_primitive *primitive,
		     void **state)
{
	struct pw_trial trial = { .clock = PW_CLOCK_MONOTONIC_RAW, .readings = readings };
	int err;

	*primitive = (struct pw_primitive){ .name = "child", .state_size = sizeof(struct pw_child) };
	err = pw_state_open(primitive, &trial, state);
	return err ? err : pw_child_open(*state, &trial, creation);
}

static void a_held_child_tells_what_became_of_it(struct check *check)
{
	static const struct {
		pid_t (*create)(struct pw_child *child, struct pw_birth birth);
		int (*inspect)(struct pw_child *child, pid_t pid);
		int wanted;
	} cases[] = {
		{ create_well, inspect_lives, 0 },
		{ create_well, inspect_refuses, -EPROTO },
		{ create_refused, inspect_lives, -EPERM },
		{ create_silent, inspect_lives, -EPROTO },
		{ create_crashing, inspect_lives, -ECHILD },
		{ create_nothing, inspect_lives, -EAGAIN },
	};
	int fds = fixture_descriptors();

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct pw_creation creation = {
			.create = cases[i].create, .inspect = cases[i].inspect, .readings = pw_child_exit_readings,
		};
		struct pw_primitive primitive;
		void *state;

		CHECK_EQ(check, open_with(&creation, 0, &primitive, &state), cases[i].wanted);
		CHECK(check, waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
		pw_child_close(state);
		pw_state_close(&primitive, state);
		CHECK_EQ(check, fixture_descriptors(), fds);
	}
}

static void ops_tell_what_became_of_the_child(struct check *check)
{
	const struct pw_creation creation = { .create = create_well, .readings = pw_child_exit_readings };
	struct pw_primitive primitive;
	void *state;

	for (uint32_t readings = 0; readings < 2; readings++) {
		if (!CHECK_EQ(check, open_with(&creation, readings, &primitive, &state), 0))
			return;
		CHECK_EQ(check, pw_child_drive(state, 3, create_well), 0);
		CHECK_EQ(check, pw_child_drive(state, 3, create_crashing), -ECHILD);
		CHECK_EQ(check, pw_child_drive(state, 3, create_nothing), -EAGAIN);
		CHECK_EQ(check, pw_child_drive(state, 3, create_refused), -EPERM);
		CHECK(check, waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
		pw_state_close(&primitive, state);
	}
}

static int inspect_dies(struct pw_child *child, pid_t pid)
{
	return raise(SIGKILL);
}

/* Our end of the pipe comes to its end once nobody else holds it. */
static void dies_while_holding(struct check *check, const struct pw_creation *creation)
{
	struct pw_primitive primitive;
	int alive[2];
	int status;
	char byte;
	void *state;
	pid_t pid;

	/* Not closed on exec: the target shall have it too. */
	if (!CHECK(check, pipe(alive) == 0))
		return;
	pid = fork();
	if (pid == 0)
		_exit(open_with(creation, 0, &primitive, &state) ? 1 : 0);
	close(alive[1]);
	CHECK(check, waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	CHECK_EQ(check, read(alive[0], &byte, 1), 0);
	close(alive[0]);
}

static int set_target(struct pw_target *target, const struct pw_trial *trial)
{
	static const char *const nothing[] = { NULL };

	return pw_target_set(target, PW_TEST_TARGET, nothing);
}

static void a_held_child_does_not_outlive_its_parent(struct check *check)
{
	const struct pw_creation forked = {
		.create = create_well, .inspect = inspect_dies, .readings = pw_child_exit_readings,
	};
	const struct pw_creation execed = {
		.create = pw_child_fork_exec, .program = set_target, .inspect = inspect_dies,
		.readings = pw_child_exec_readings,
	};

	dies_while_holding(check, &forked);
	dies_while_holding(check, &execed);
}

static const struct check_test tests[] = {
	{ "decimals_go_both_ways", decimals_go_both_ways },
	{ "the_kernel_is_asked_by_label", the_kernel_is_asked_by_label },
	{ "a_target_that_cannot_be_called", a_target_that_cannot_be_called },
	{ "a_held_child_tells_what_became_of_it", a_held_child_tells_what_became_of_it },
	{ "ops_tell_what_became_of_the_child", ops_tell_what_became_of_the_child },
	{ "a_held_child_does_not_outlive_its_parent", a_held_child_does_not_outlive_its_parent },
	{ NULL, NULL },
};

const struct check_suite suite_child = { "child", tests };
