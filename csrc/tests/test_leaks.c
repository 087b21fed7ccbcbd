/* What a crash leaves behind, and that the probes themselves leave nothing. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "casualty.h"
#include "guardian.h"
#include "io.h"
#include "prove.h"

static void prove(struct check *check, const char *wall, const char *host, const struct fixture_fact_due *facts)
{
	int descriptors = fixture_descriptors();
	struct pw_shared *shared = fixture_prove_if_allowed(check, wall, host);

	if (shared) {
		fixture_expect_all(check, &shared->result, facts);
		fixture_close(shared);
	}
	CHECK(check, waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	CHECK_EQ(check, fixture_descriptors(), descriptors);
}

static void mutex(struct check *check)
{
	prove(check, "leak.mutex", "process", (const struct fixture_fact_due[]){
		{ "crashes", 2 }, { "plain_free", 0 }, { "plain_errno", ETIMEDOUT }, { "plain_record_whole", 0 },
		{ "robust_errno", EOWNERDEAD }, { "robust_record_whole", 0 }, { "robust_errno_repaired", 0 },
		{ "control_plain_free", 1 }, { "control_plain_record_whole", 1 }, { "control_robust_errno", 0 },
		{ "control_robust_record_whole", 1 }, { NULL, 0 },
	});
}

static void locks(struct check *check)
{
	static const struct fixture_fact_due stays[] = {
		{ "crashes", 2 }, { "value_before", 1 }, { "control_value_held", 0 }, { "value_after", 0 },
		{ "control_value_given_back", 1 }, { NULL, 0 },
	};

	prove(check, "leak.locks", "process", (const struct fixture_fact_due[]){
		{ "crashes", 1 }, { "control_flock_held", 1 }, { "control_fcntl_held", 1 }, { "flock_free", 1 },
		{ "fcntl_free", 1 }, { NULL, 0 },
	});
	prove(check, "leak.sem_posix", "process", stays);
	prove(check, "leak.sem_sysv", "process", stays);
	prove(check, "leak.sem_undo", "process", (const struct fixture_fact_due[]){
		{ "crashes", 2 }, { "value_before", 1 }, { "control_value_held", 0 }, { "value_after", 1 },
		{ "control_value_given_back", 1 }, { NULL, 0 },
	});
}

static void objects(struct check *check)
{
	static const char *const names[] = { "leak.file", "leak.shm_posix", "leak.shm_sysv" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		prove(check, names[i], "process", (const struct fixture_fact_due[]){
			{ "crashes", 2 }, { "found", 1 }, { "content_intact", 1 }, { "bytes", 256 },
			{ "removed", 1 }, { "control_tidied", 1 }, { NULL, 0 },
		});
}

static void offspring(struct check *check)
{
	prove(check, "leak.orphan", "process", (const struct fixture_fact_due[]){
		{ "crashes", 1 }, { "control_parent_was_victim", 1 }, { "orphan_ended", 0 },
		{ "orphan_adopted_by_us", 1 }, { "control_bound_signal", SIGKILL }, { NULL, 0 },
	});
	prove(check, "leak.zombie", "process", (const struct fixture_fact_due[]){
		{ "crashes", 1 }, { "entry_left", 1 }, { "zombie", 1 }, { "control_entry_after_wait", 0 },
		{ "control_entry_ignored", 0 }, { NULL, 0 },
	});
}

static const struct fixture_fact_due numbers[] = {
	{ "crashes", 1 }, { "control_alive_errno", 0 }, { "same_number", 1 }, { "number_reaches_other", 1 },
	{ "number_errno", 0 }, { "pidfd_reaches_other", 0 }, { "pidfd_errno", ESRCH }, { NULL, 0 },
};

/* One to a test: a process whose pid namespace has ended can make no other. */
static void number(struct check *check)
{
	prove(check, "leak.pid", "process", numbers);
}

static void pidfd(struct check *check)
{
	prove(check, "leak.pidfd", "process", numbers);
}

static void pipes(struct check *check)
{
	prove(check, "leak.pipe", "process", (const struct fixture_fact_due[]){
		{ "crashes", 1 }, { "control_writer_done", 1 }, { "control_reader_eof", 0 }, { "reader_eof", 1 },
		{ "writer_signal", SIGPIPE }, { "writer_errno", EPIPE }, { NULL, 0 },
	});
}

static int fails(void *argument)
{
	(void)argument;
	return -EDOM;
}

static int leaves(void *argument)
{
	(void)argument;
	_exit(0);
}

static int takes(void *argument)
{
	(void)argument;
	return 0;
}

/* Neither one that failed, nor one that ended of itself, counts as a crash. */
static void only_a_crash_is_one(struct check *check)
{
	static const struct pw_deed failing = { fails, NULL }, failing_later = { takes, fails };
	static const struct pw_deed leaving = { leaves, NULL }, leaving_later = { takes, leaves };
	const struct pw_trial trial = { 0 };
	struct pw_casualty casualty;

	if (!CHECK_EQ(check, pw_casualty_open(&casualty, &trial), 0))
		return;
	CHECK_EQ(check, pw_casualty_run(&casualty, &failing_later, NULL, 1), -EDOM);
	CHECK_EQ(check, pw_casualty_run(&casualty, &leaving_later, NULL, 1), -EPROTO);
	CHECK_EQ(check, casualty.crashes, 0);
	CHECK_EQ(check, pw_casualty_run(&casualty, &leaving_later, NULL, 0), 0);
	CHECK_EQ(check, casualty.crashes, 1);
	CHECK_EQ(check, pw_casualty_start(&casualty, &failing, NULL), -EDOM);
	pw_casualty_close(&casualty);
	CHECK_EQ(check, pw_casualty_open(&casualty, &trial), 0);
	CHECK_EQ(check, pw_casualty_start(&casualty, &leaving, NULL), -EPIPE);
	pw_casualty_close(&casualty);
	CHECK(check, waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static int remove_path(const void *path)
{
	return unlink(path) < 0 ? -errno : 0;
}

/* The one whose guardian it is gets killed, with its whole group. */
static void a_guardian_clears_after_the_killed(struct check *check)
{
	char name[PW_IO_NAME_SIZE];
	char path[64] = "/tmp/";
	int ready[2];
	char byte;
	pid_t pid;
	int status;

	if (!CHECK_EQ(check, pw_io_fresh_name(name), 0) || !CHECK_EQ(check, pipe(ready), 0))
		return;
	strcat(path, name);
	pid = fork();
	if (pid == 0) {
		struct pw_guardian guardian;
		int fd;

		setpgid(0, 0);
		if (pw_guardian_start(&guardian, remove_path, path))
			_exit(1);
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	CHECK_EQ(check, pw_io_read_all(ready[0], &byte, 1), 0);
	CHECK_EQ(check, access(path, F_OK), 0);
	kill(-pid, SIGKILL);
	CHECK_EQ(check, waitpid(pid, &status, 0), pid);
	for (int i = 0; i < 5000 && access(path, F_OK) == 0; i++)
		usleep(1000);
	CHECK(check, access(path, F_OK) < 0 && errno == ENOENT);
	close(ready[0]);
}

static void a_host_is_needed(struct check *check)
{
	fixture_prove(check, "leak.mutex", NULL, -EINVAL);
	fixture_prove(check, "leak.pid", NULL, -EINVAL);
	fixture_prove(check, "leak.file", NULL, -EINVAL);
}

static const struct check_test tests[] = {
	{ "mutex", mutex },
	{ "locks", locks },
	{ "objects", objects },
	{ "offspring", offspring },
	{ "pipes", pipes },
	{ "number", number },
	{ "pidfd", pidfd },
	{ "only_a_crash_is_one", only_a_crash_is_one },
	{ "a_guardian_clears_after_the_killed", a_guardian_clears_after_the_killed },
	{ "a_host_is_needed", a_host_is_needed },
	{ NULL, NULL },
};

const struct check_suite suite_leaks = { "leaks", tests };
