/* Workers are started, finish, hang and are reaped; none is left behind. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"

#define HOUR_NS 3600000000000ULL

static int has_no_child(void)
{
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

static void missing_worker(struct check *check)
{
	struct pw_shared *shared = fixture_open(1, "null_syscall");
	const char *const nowhere[] = { "/nowhere/partywall-worker", NULL };
	struct pw_launch launch = {
		.image = PW_IMAGE_PRISTINE, .shared = shared, .argv = nowhere,
		/* Without a descriptor to hand on, exec is not reached. */
		.shared_fd = memfd_create("partywall-test", MFD_CLOEXEC),
	};
	struct pw_worker worker;
	struct pw_exit ended;

	if (!CHECK(check, shared != NULL))
		return;
	CHECK_EQ(check, pw_worker_start(&launch, &worker), -ENOENT);
	CHECK_EQ(check, worker.stage, PW_STAGE_START);
	CHECK_EQ(check, worker.pidfd, -1);
	CHECK(check, has_no_child());
	CHECK_EQ(check, pw_worker_reap(&worker, 1, &ended), -ECHILD);
	close(launch.shared_fd);
	fixture_close(shared);
}

static void bad_mapping(struct check *check)
{
	struct pw_shared *shared = fixture_open(1, "null_syscall");
	struct pw_launch launch = { .image = PW_IMAGE_CALLER, .shared = shared };
	struct pw_worker worker;

	if (!CHECK(check, shared != NULL))
		return;
	shared->magic = 0;
	CHECK_EQ(check, pw_worker_start(&launch, &worker), -EPROTO);
	CHECK_EQ(check, worker.stage, PW_STAGE_START);
	CHECK(check, has_no_child());
	fixture_close(shared);
}

static void caller_image_finishes(struct check *check)
{
	struct pw_shared *shared = fixture_open(20, "null_syscall");
	struct pw_launch launch = { .image = PW_IMAGE_CALLER, .shared = shared };
	struct pw_worker worker;
	struct pw_exit ended;
	struct pollfd poll_fd = { .events = POLLIN };

	if (!CHECK(check, shared != NULL))
		return;
	if (!CHECK_EQ(check, pw_worker_start(&launch, &worker), 0))
		return;
	CHECK_EQ(check, worker.stage, PW_STAGE_NONE);
	poll_fd.fd = worker.pidfd;
	CHECK_EQ(check, poll(&poll_fd, 1, 60000), 1);
	CHECK_EQ(check, pw_worker_reap(&worker, 0, &ended), 0);
	CHECK_EQ(check, ended.code, CLD_EXITED);
	CHECK_EQ(check, ended.status, 0);
	CHECK_EQ(check, shared->result.finished, 1);
	CHECK_EQ(check, shared->result.count, 20);
	CHECK_EQ(check, worker.pid, -1);
	CHECK_EQ(check, worker.pidfd, -1);
	CHECK(check, has_no_child());
	fixture_close(shared);
}

static void unknown_subject(struct check *check)
{
	struct pw_shared *shared = fixture_open(1, "no_such_thing");
	struct pw_launch launch = { .image = PW_IMAGE_CALLER, .shared = shared };
	struct pw_worker worker;
	struct pw_exit ended;

	if (!CHECK(check, shared != NULL))
		return;
	if (!CHECK_EQ(check, pw_worker_start(&launch, &worker), 0))
		return;
	CHECK_EQ(check, pw_worker_reap(&worker, 0, &ended), 0);
	CHECK_EQ(check, ended.status, 1);
	CHECK_EQ(check, shared->result.stage, PW_STAGE_ATTACH);
	CHECK_EQ(check, shared->result.error, ENOENT);
	CHECK_EQ(check, shared->result.finished, 0);
	fixture_close(shared);
}

/* With a peer, so that there is a group to clear. */
static void force_ends_a_hanging_worker(struct check *check)
{
	struct pw_shared *shared = fixture_open(1, "futex_pingpong");
	struct pw_launch launch = { .image = PW_IMAGE_CALLER, .shared = shared };
	struct pw_worker worker;
	struct pw_exit ended;
	pid_t group;

	if (!CHECK(check, shared != NULL))
		return;
	shared->trial.peer = PW_PEER_PROCESS;
	shared->trial.warmup_ns = HOUR_NS;
	if (!CHECK_EQ(check, pw_worker_start(&launch, &worker), 0))
		return;
	group = worker.pid;
	for (int i = 0; i < 2000 && !*(volatile int32_t *)&shared->result.peer_pid; i++)
		usleep(1000);
	CHECK(check, shared->result.peer_pid > 0);
	CHECK_EQ(check, pw_worker_reap(&worker, 1, &ended), 0);
	CHECK_EQ(check, ended.code, CLD_KILLED);
	CHECK_EQ(check, ended.status, SIGKILL);
	CHECK_EQ(check, shared->result.finished, 0);
	CHECK(check, has_no_child());
	/* An orphan is gone once init has reaped it. */
	for (int i = 0; i < 2000 && kill(-group, 0) == 0; i++)
		usleep(1000);
	CHECK(check, kill(-group, 0) < 0 && errno == ESRCH);
	fixture_close(shared);
}

static struct {
	int opened;
	int driven;
	int closed;
	int fail;
} seen;

static int hook_open(void *state, const struct pw_trial *trial)
{
	seen.opened += trial->batch == 1;
	return seen.fail;
}

static int hook_drive(void *state, uint64_t ops)
{
	seen.driven += (int)ops;
	return seen.opened == 1 ? 0 : -EINVAL;
}

static void hook_close(void *state)
{
	seen.closed++;
}

static const struct pw_hooks hooks = { .open = hook_open, .drive = hook_drive, .close = hook_close };

static void hooks_are_called_around_the_op(struct check *check)
{
	struct pw_shared *shared = fixture_open(8, "no_such_primitive");

	if (!CHECK(check, shared != NULL))
		return;
	seen.fail = 0;
	CHECK_EQ(check, pw_worker_interpret(shared, &hooks), 0);
	CHECK_EQ(check, seen.opened, 1);
	/* The cold op, and two chunks of one sync op and four samples. */
	CHECK_EQ(check, seen.driven, 1 + 2 * (1 + 4));
	CHECK_EQ(check, seen.closed, 1);
	CHECK_EQ(check, shared->result.finished, 1);
	fixture_close(shared);
}

static void a_hook_that_cannot_open(struct check *check)
{
	struct pw_shared *shared = fixture_open(8, "no_such_primitive");

	if (!CHECK(check, shared != NULL))
		return;
	memset(&seen, 0, sizeof(seen));
	seen.fail = -EMFILE;
	CHECK_EQ(check, pw_worker_interpret(shared, &hooks), -EMFILE);
	CHECK_EQ(check, shared->result.stage, PW_STAGE_OPEN);
	CHECK_EQ(check, seen.driven, 0);
	CHECK_EQ(check, seen.closed, 0);
	CHECK_EQ(check, shared->result.finished, 0);
	fixture_close(shared);
}

/* The child lives until the parent has made sure that its group is its own. */
static void a_child_is_adopted(struct check *check)
{
	pid_t parent = getpid();
	struct pw_worker worker;
	struct pw_exit ended;
	int fds[2];
	pid_t pid;

	if (!CHECK_EQ(check, pipe(fds), 0))
		return;
	pid = fork();
	if (pid == 0) {
		char byte;

		close(fds[1]);
		_exit(pw_worker_enter(parent) || getpgrp() != getpid() || read(fds[0], &byte, 1) ? 1 : 7);
	}
	close(fds[0]);
	CHECK_EQ(check, pw_worker_adopt(pid, &worker), 0);
	CHECK_EQ(check, worker.pid, pid);
	CHECK(check, worker.pidfd >= 0);
	CHECK_EQ(check, getpgid(pid), pid);
	close(fds[1]);
	CHECK_EQ(check, pw_worker_reap(&worker, 0, &ended), 0);
	CHECK_EQ(check, ended.code, CLD_EXITED);
	CHECK_EQ(check, ended.status, 7);
	CHECK(check, has_no_child());
}

static void a_child_of_another_parent_is_refused(struct check *check)
{
	struct pw_worker worker;
	struct pw_exit ended;
	pid_t pid = fork();

	if (pid == 0)
		_exit(pw_worker_enter(getpid()) == -ESRCH ? 7 : 1);
	CHECK_EQ(check, pw_worker_adopt(pid, &worker), 0);
	CHECK_EQ(check, pw_worker_reap(&worker, 0, &ended), 0);
	CHECK_EQ(check, ended.status, 7);
}

static const struct check_test tests[] = {
	{ "missing_worker", missing_worker },
	{ "bad_mapping", bad_mapping },
	{ "caller_image_finishes", caller_image_finishes },
	{ "unknown_subject", unknown_subject },
	{ "force_ends_a_hanging_worker", force_ends_a_hanging_worker },
	{ "hooks_are_called_around_the_op", hooks_are_called_around_the_op },
	{ "a_hook_that_cannot_open", a_hook_that_cannot_open },
	{ "a_child_is_adopted", a_child_is_adopted },
	{ "a_child_of_another_parent_is_refused", a_child_of_another_parent_is_refused },
	{ NULL, NULL },
};

const struct check_suite suite_launch = { "launch", tests };
