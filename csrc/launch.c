/*
 * Start and reap one worker, seen from outside.
 *
 * The pristine worker is started through vfork, so its start does not depend on
 * how large the calling process is.  The caller's own image comes from fork: the
 * child of a threaded caller runs no Python, and allocates only through
 * pthread_create, which libc keeps usable in such a child.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "task.h"
#include "worker.h"

#define EXEC_FAILED 127

/* Everything a fresh worker needs, computed before the vfork. */
struct exec_args {
	char *const *argv;      /* the first is the path */
	char *const *envp;
	int null_fd;
	int shared_fd;
	pid_t parent;
	volatile int error;     /* written by the child, in our memory */
};

int pw_worker_enter(int32_t parent)
{
	int err;

	/* A failure of the peer kills its group: that must never be the caller's. */
	if (setpgid(0, 0) < 0)
		return -errno;
	err = pw_task_bind_to_parent(parent);
	if (!err)
		pw_task_reset_signals();
	return err;
}

/* Never returns.  Runs on the parent's stack: system calls only. */
static void exec_worker(struct exec_args *args)
{
	int shared_fd;
	int null_fd;
	int err;

	err = pw_worker_enter(args->parent);
	if (err)
		goto fail;
	/* Out of the way of the descriptors 0 to 3 that are about to be replaced. */
	shared_fd = fcntl(args->shared_fd, F_DUPFD_CLOEXEC, PW_WORKER_FD + 1);
	null_fd = fcntl(args->null_fd, F_DUPFD_CLOEXEC, PW_WORKER_FD + 1);
	if (shared_fd < 0 || null_fd < 0)
		goto fail_errno;
	for (int fd = 0; fd < PW_WORKER_FD; fd++)
		if (dup2(null_fd, fd) < 0)
			goto fail_errno;
	if (dup2(shared_fd, PW_WORKER_FD) < 0)
		goto fail_errno;
#ifdef SYS_close_range
	/* The cost of fork depends on open descriptors: inherit none by accident.
	 * Before Linux 5.9 only those without O_CLOEXEC stay. */
	syscall(SYS_close_range, PW_WORKER_FD + 1, ~0U, 0);
#endif
	execve(args->argv[0], args->argv, args->envp);
fail_errno:
	err = -errno;
fail:
	args->error = err;
	_exit(EXEC_FAILED);
}

static int start_fresh(const struct pw_launch *launch, pid_t *pid)
{
	char *envp[] = { (char *)(uintptr_t)launch->padding, NULL };
	struct exec_args args = {
		.argv = (char *const *)(uintptr_t)launch->argv,
		.envp = envp,
		.shared_fd = launch->shared_fd,
		.parent = getpid(),
	};
	sigset_t all;
	sigset_t before;
	int status;

	args.null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (args.null_fd < 0)
		return -errno;
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	*pid = vfork();
	if (*pid == 0)
		exec_worker(&args);
	if (*pid < 0)
		args.error = -errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pw_io_close(&args.null_fd);
	if (args.error && *pid > 0)
		pw_task_wait(*pid, &status);
	return args.error;
}

static int start_caller(const struct pw_launch *launch, pid_t *pid)
{
	pid_t parent = getpid();

	*pid = fork();
	if (*pid < 0)
		return -errno;
	if (*pid == 0) {
		if (pw_worker_enter(parent))
			_exit(EXEC_FAILED);
		_exit(pw_worker_run(launch->shared) ? 1 : 0);
	}
	return 0;
}

int pw_worker_start(const struct pw_launch *launch, struct pw_worker *worker)
{
	pid_t pid = -1;
	int err = pw_shared_check(launch->shared, launch->shared->size);

	*worker = (struct pw_worker){ .pid = -1, .pidfd = -1, .stage = PW_STAGE_START };
	if (err)
		return err;
	err = launch->image == PW_IMAGE_CALLER ? start_caller(launch, &pid) : start_fresh(launch, &pid);
	return err ? err : pw_worker_adopt(pid, worker);
}

int pw_worker_adopt(int32_t pid, struct pw_worker *worker)
{
	int err;

	*worker = (struct pw_worker){ .pid = pid, .pidfd = -1, .stage = PW_STAGE_START };
	/* From both sides, so that the group exists whoever runs first. */
	setpgid(pid, pid);
	worker->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (worker->pidfd < 0) {
		struct pw_exit unused;

		err = -errno;
		pw_worker_reap(worker, 1, &unused);
		return err;
	}
	worker->stage = PW_STAGE_NONE;
	return 0;
}

int pw_worker_reap(struct pw_worker *worker, int force, struct pw_exit *out)
{
	siginfo_t info = { 0 };
	int err = 0;

	if (worker->pid <= 0)
		return -ECHILD;
	/* The worker itself, in case it has not reached setpgid yet. */
	if (force)
		kill(worker->pid, SIGKILL);
	/* WNOWAIT keeps the pid, and so the group's number, ours until the group is gone. */
	while (waitid(P_PID, (id_t)worker->pid, &info, WEXITED | WNOWAIT) < 0)
		if (errno != EINTR)
			return -errno;
	kill(-worker->pid, SIGKILL);
	if (waitid(P_PID, (id_t)worker->pid, &info, WEXITED) < 0)
		err = -errno;
	*out = (struct pw_exit){ .code = info.si_code, .status = info.si_status };
	pw_io_close(&worker->pidfd);
	worker->pid = -1;
	return err;
}
