/* rng, io, counters, clock and task. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "counters.h"
#include "err.h"
#include "io.h"
#include "rng.h"
#include "task.h"

static void rng_repeats_and_moves(struct check *check)
{
	uint64_t one = 7;
	uint64_t two = 7;
	uint64_t first = pw_rng_next(&one);

	CHECK_EQ(check, first, pw_rng_next(&two));
	CHECK(check, pw_rng_next(&one) != first);
	CHECK(check, one != 0);
}

static void io_ends_early(struct check *check)
{
	char buffer[8];
	int fds[2];

	if (!CHECK(check, pipe2(fds, O_CLOEXEC) == 0))
		return;
	CHECK_EQ(check, pw_io_write_all(fds[1], "abcd", 4), 0);
	pw_io_close(&fds[1]);
	CHECK_EQ(check, fds[1], -1);
	CHECK_EQ(check, pw_io_read_all(fds[0], buffer, sizeof(buffer)), -EPIPE);
	CHECK(check, memcmp(buffer, "abcd", 4) == 0);
	pw_io_close(&fds[0]);
	CHECK_EQ(check, pw_io_read_all(fds[0], buffer, 1), -EBADF);
}

static void io_joins_short_transfers(struct check *check)
{
	char buffer[200000] = { 0 };
	int fds[2];
	pid_t pid;

	if (!CHECK(check, pipe2(fds, O_CLOEXEC) == 0))
		return;
	pid = fork();
	if (pid == 0)
		_exit(pw_io_write_all(fds[1], buffer, sizeof(buffer)) ? 1 : 0);
	CHECK_EQ(check, pw_io_read_all(fds[0], buffer, sizeof(buffer)), 0);
	CHECK_EQ(check, pw_task_wait_exit(pid, 0), 0);
	signal(SIGPIPE, SIG_IGN);
	pw_io_close(&fds[0]);
	CHECK_EQ(check, pw_io_write_all(fds[1], "x", 1), -EPIPE);
	pw_io_close(&fds[1]);
}

static void io_reads_files_as_text(struct check *check)
{
	char text[6];

	CHECK_EQ(check, pw_io_read_file("/proc/version", text, sizeof(text)), 0);
	CHECK(check, strcmp(text, "Linux") == 0);
	CHECK_EQ(check, pw_io_read_file("/nowhere/at/all", text, sizeof(text)), -ENOENT);
}

static void counters_see_a_sleep(struct check *check)
{
	const struct timespec nap = { .tv_nsec = 2000000 };
	struct pw_counters sum = { 0 };
	struct pw_counters_mark mark;

	CHECK_EQ(check, pw_counters_mark(&mark), 0);
	nanosleep(&nap, NULL);
	CHECK_EQ(check, pw_counters_add(&sum, &mark, 5), 0);
	CHECK_EQ(check, sum.ops, 5);
	CHECK(check, sum.voluntary >= 1);
	CHECK(check, sum.involuntary >= 0 && sum.major_faults >= 0);
}

static void counters_parse_steal(struct check *check)
{
	int64_t before = pw_counters_steal(0);

	CHECK(check, before >= 0);
	CHECK_EQ(check, before % 10000000, 0);
	CHECK(check, pw_counters_steal(0) >= before);
	CHECK_EQ(check, pw_counters_steal(-1), -EINVAL);
	CHECK_EQ(check, pw_counters_steal(9999), -ENOENT);
	CHECK(check, pw_counters_run_delay() >= -ENOENT);
}

static void clock_goes_forward(struct check *check)
{
	for (uint32_t source = PW_CLOCK_TSC; source <= PW_CLOCK_CNTVCT; source++) {
		struct pw_anchor first = { 0 };
		struct pw_anchor second = { 0 };
		int64_t steps[64];

		if (!pw_clock_available(source)) {
			CHECK_EQ(check, pw_clock_anchor(source, &first), -EOPNOTSUPP);
			CHECK_EQ(check, pw_clock_steps(source, steps, 64), -EOPNOTSUPP);
			continue;
		}
		CHECK_EQ(check, pw_clock_anchor(source, &first), 0);
		CHECK_EQ(check, pw_clock_anchor(source, &second), 0);
		CHECK(check, second.ticks > first.ticks);
		CHECK(check, second.raw_ns > first.raw_ns);
		CHECK(check, first.width < UINT64_MAX);
		CHECK_EQ(check, pw_clock_steps(source, steps, 64), 0);
		for (int i = 0; i < 64; i++)
			CHECK(check, steps[i] >= 0);
	}
	CHECK(check, pw_clock_available(PW_CLOCK_MONOTONIC_RAW));
}

static void task_wait_wants_the_status(struct check *check)
{
	pid_t right = fork();
	pid_t wrong;

	if (right == 0)
		_exit(3);
	CHECK_EQ(check, pw_task_wait_exit(right, 3), 0);
	wrong = fork();
	if (wrong == 0)
		_exit(4);
	CHECK_EQ(check, pw_task_wait_exit(wrong, 3), -ECHILD);
	wrong = fork();
	if (wrong == 0)
		raise(SIGKILL);
	CHECK_EQ(check, pw_task_wait_exit(wrong, 0), -ECHILD);
	CHECK_EQ(check, pw_task_wait_exit(wrong, 0), -ECHILD);
}

static void task_binds_and_resets(struct check *check)
{
	sigset_t blocked;
	int status = 0;
	pid_t pid;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGUSR1, SIG_IGN);
	CHECK_EQ(check, pw_task_bind_to_parent(getpid()), -ESRCH);
	CHECK_EQ(check, pw_task_pin(-1), 0);
	CHECK_EQ(check, pw_task_pin(CPU_SETSIZE), -EINVAL);
	pid = fork();
	if (pid == 0) {
		pw_task_reset_signals();
		raise(SIGUSR1);
		_exit(0);
	}
	CHECK_EQ(check, pw_task_wait(pid, &status), 0);
	CHECK(check, WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
}

static void err_keeps_the_first_stage(struct check *check)
{
	struct pw_result result = { 0 };

	CHECK_EQ(check, pw_err_at(&result, PW_STAGE_OPEN, 0), 0);
	CHECK_EQ(check, result.stage, PW_STAGE_NONE);
	CHECK_EQ(check, pw_err_at(&result, PW_STAGE_OPEN, -ENOENT), -ENOENT);
	CHECK_EQ(check, pw_err_at(&result, PW_STAGE_REAP, -EIO), -EIO);
	CHECK_EQ(check, result.stage, PW_STAGE_OPEN);
	CHECK_EQ(check, result.error, ENOENT);
	for (int stage = 0; stage < PW_STAGE_COUNT; stage++)
		CHECK(check, pw_stage_name(stage) != NULL);
	CHECK(check, strcmp(pw_stage_name(PW_STAGE_COUNT), "unknown") == 0);
}

static const struct check_test tests[] = {
	{ "rng_repeats_and_moves", rng_repeats_and_moves },
	{ "io_ends_early", io_ends_early },
	{ "io_joins_short_transfers", io_joins_short_transfers },
	{ "io_reads_files_as_text", io_reads_files_as_text },
	{ "counters_see_a_sleep", counters_see_a_sleep },
	{ "counters_parse_steal", counters_parse_steal },
	{ "clock_goes_forward", clock_goes_forward },
	{ "task_wait_wants_the_status", task_wait_wants_the_status },
	{ "task_binds_and_resets", task_binds_and_resets },
	{ "err_keeps_the_first_stage", err_keeps_the_first_stage },
	{ NULL, NULL },
};

const struct check_suite suite_base = { "base", tests };
