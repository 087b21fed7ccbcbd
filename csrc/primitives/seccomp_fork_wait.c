/*
 * fork, seccomp and wait.  One op is fork, a child that gives up new privileges, puts
 * itself under a filter of four instructions and calls _exit, and waitpid for it; what
 * it costs above fork_wait is the filter's check, its translation and its removal.
 *
 * Before anything is timed the kernel is asked, once for each worker, whether a child
 * made so is under a filter.
 */
#include "child.h"
#include "procfile.h"
#include "seccomp.h"

static int under_filter(struct pw_child *child, pid_t pid)
{
	char path[PW_PROCFILE_PATH];
	int64_t mode;

	(void)child;
	pw_procfile_path(path, pid, "status");
	mode = pw_procfile_number(path, "Seccomp");
	if (mode < 0)
		return (int)mode;
	return mode == SECCOMP_MODE_FILTER ? 0 : -EPROTO;
}

static pid_t seccomp_fork_wait_create(struct pw_child *child, struct pw_birth birth)
{
	pid_t pid = fork();

	if (pid == 0) {
		int err;

		pw_child_begin(child, birth);
		/* Like filters in use it looks at the number of every call, and refuses one. */
		err = pw_seccomp_forbid(SYS_ptrace, EPERM);
		if (err)
			pw_child_fail(child, -err);
		pw_child_exit(child, birth);
	}
	return pid < 0 ? -errno : pid;
}

static int seccomp_fork_wait_open(void *state, const struct pw_trial *trial)
{
	const struct pw_creation creation = {
		.create = seccomp_fork_wait_create, .inspect = under_filter, .readings = pw_child_exit_readings,
	};

	return pw_child_open(state, trial, &creation);
}

static int seccomp_fork_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, seccomp_fork_wait_create);
}

const struct pw_primitive pw_seccomp_fork_wait = {
	.name = "seccomp_fork_wait",
	.state_size = sizeof(struct pw_child),
	.open = seccomp_fork_wait_open,
	.drive = seccomp_fork_wait_drive,
	.close = pw_child_close,
	.readings = pw_child_exit_readings,
};
