/* Whom exhaustion reaches, and that nothing stays of it. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bomb.h"
#include "io.h"
#include "prove.h"

static const struct fixture_fact_due others[] = {
	{ "parent_forked", 1 }, { "parent_opened", 1 }, { "parent_allocated", 1 }, { "parent_changed", 0 },
	{ "parent_sha256_unchanged", 1 }, { "parent_signals_unchanged", 1 }, { "sibling_alive", 1 },
	{ "sibling_answered", 1 }, { "sibling_changed", 0 }, { "shared_state_intact", 1 },
	{ "descriptors_intact", 1 }, { NULL, 0 },
};

static void exhaust(struct check *check, const char *wall, const char *host, const struct fixture_fact_due *facts)
{
	int descriptors = fixture_descriptors();
	struct pw_shared *shared = fixture_prove_if_allowed(check, wall, host);

	if (shared) {
		fixture_expect_all(check, &shared->result, facts);
		fixture_expect_all(check, &shared->result, others);
		fixture_close(shared);
	}
	CHECK(check, waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	CHECK_EQ(check, fixture_descriptors(), descriptors);
}

static void processes(struct check *check)
{
	exhaust(check, "exhaust.fork_bomb", "cgroup", (const struct fixture_fact_due[]){
		{ "limit", 16 }, { "made", 15 }, { "within_limit", 1 }, { "refused", 1 }, { "refused_errno", EAGAIN },
		{ "tasks_after", 0 }, { "control_made", PW_BOMB_MOST }, { "control_refused", 0 }, { NULL, 0 },
	});
	exhaust(check, "exhaust.processes", "process", (const struct fixture_fact_due[]){
		{ "within_limit", 1 }, { "refused", 1 }, { "refused_errno", EAGAIN },
		{ "control_made", PW_BOMB_MOST }, { "control_refused", 0 }, { NULL, 0 },
	});
}

static void memory(struct check *check)
{
	exhaust(check, "exhaust.oom", "cgroup", (const struct fixture_fact_due[]){
		{ "confined", 1 }, { "signal", SIGKILL }, { "kills_counted", 1 }, { "within_limit", 1 },
		{ "control_taken", 32 << 20 }, { "control_unhurt", 1 }, { NULL, 0 },
	});
}

static void files(struct check *check)
{
	exhaust(check, "exhaust.descriptors", "process", (const struct fixture_fact_due[]){
		{ "crashes", 2 }, { "within_limit", 1 }, { "refused_errno", EMFILE }, { "control_opened", 128 },
		{ NULL, 0 },
	});
	exhaust(check, "exhaust.file_size", "process", (const struct fixture_fact_due[]){
		{ "signal", SIGXFSZ }, { "size", 4096 }, { "parent_wrote", 1 }, { "refused_errno", EFBIG },
		{ "refused_status", 0 }, { "control_size", 2 * 4096 }, { "control_status", 0 }, { NULL, 0 },
	});
}

static int refuses(void *argument)
{
	(void)argument;
	return -EDOM;
}

/* An unlimited one stops by its own count, and one that could not begin says why. */
static void a_bomb_is_bounded(struct check *check)
{
	struct pw_bomb bomb;

	if (!CHECK_EQ(check, pw_bomb_open(&bomb), 0))
		return;
	CHECK_EQ(check, pw_bomb_start(&bomb, NULL, NULL), 0);
	CHECK_EQ(check, bomb.tally->members, PW_BOMB_MOST);
	CHECK_EQ(check, pw_bomb_end(&bomb), 0);
	pw_bomb_close(&bomb);
	CHECK_EQ(check, pw_bomb_open(&bomb), 0);
	CHECK_EQ(check, pw_bomb_start(&bomb, refuses, NULL), -EDOM);
	pw_bomb_close(&bomb);
	CHECK(check, waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

/* All that were made hold the write end of a pipe: its end tells that the last one is gone. */
static void a_bomb_ends_with_its_maker(struct check *check)
{
	int held[2];
	char byte;
	pid_t pid;
	int status;

	if (!CHECK_EQ(check, pipe(held), 0))
		return;
	pid = fork();
	if (pid == 0) {
		struct pw_bomb bomb;

		close(held[0]);
		if (pw_bomb_open(&bomb) || pw_bomb_start(&bomb, NULL, NULL) || write(held[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(held[1]);
	CHECK_EQ(check, pw_io_read_all(held[0], &byte, 1), 0);
	kill(pid, SIGKILL);
	CHECK_EQ(check, waitpid(pid, &status, 0), pid);
	CHECK(check, WIFSIGNALED(status));
	CHECK_EQ(check, pw_io_read_all(held[0], &byte, 1), -EPIPE);
	close(held[0]);
}

static const struct check_test tests[] = {
	{ "processes", processes },
	{ "memory", memory },
	{ "files", files },
	{ "a_bomb_is_bounded", a_bomb_is_bounded },
	{ "a_bomb_ends_with_its_maker", a_bomb_ends_with_its_maker },
	{ NULL, NULL },
};

const struct check_suite suite_exhaust = { "exhaust", tests };
