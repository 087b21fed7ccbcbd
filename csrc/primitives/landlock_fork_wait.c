/*
 * fork, Landlock and wait.  One op is fork, a child that gives up new privileges, makes
 * a ruleset that handles the reading of directories and allows none, restricts itself
 * to it and calls _exit, and waitpid for it.
 *
 * A child made before anything is timed, once for each worker, tries to open a directory:
 * it must be refused.
 */
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "child.h"

/* As documented; <linux/landlock.h> may be missing.  The numbers are the same on every
 * architecture but alpha. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self 446
#endif
#define ACCESS_FS_READ_DIR (1ULL << 3)

/* The part of it that every version of the ABI knows. */
struct ruleset_attr {
	uint64_t handled_access_fs;
};

static int restrict_self(void)
{
	const struct ruleset_attr attr = { .handled_access_fs = ACCESS_FS_READ_DIR };
	int err = 0;
	int fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (fd < 0)
		return -errno;
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		err = -errno;
	close(fd);
	return err;
}

static int is_restricted(void)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EACCES;
}

static pid_t landlock_fork_wait_create(struct pw_child *child, struct pw_birth birth)
{
	pid_t pid = fork();

	if (pid == 0) {
		int err;

		pw_child_begin(child, birth);
		err = restrict_self();
		if (!err && birth.mode == PW_MODE_HELD && !is_restricted())
			err = -EPROTO;
		if (err)
			pw_child_fail(child, -err);
		pw_child_exit(child, birth);
	}
	return pid < 0 ? -errno : pid;
}

/* The child itself has looked. */
static int inspect(struct pw_child *child, pid_t pid)
{
	(void)child;
	(void)pid;
	return 0;
}

static int landlock_fork_wait_open(void *state, const struct pw_trial *trial)
{
	const struct pw_creation creation = {
		.create = landlock_fork_wait_create, .inspect = inspect, .readings = pw_child_exit_readings,
	};

	return pw_child_open(state, trial, &creation);
}

static int landlock_fork_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, landlock_fork_wait_create);
}

const struct pw_primitive pw_landlock_fork_wait = {
	.name = "landlock_fork_wait",
	.state_size = sizeof(struct pw_child),
	.open = landlock_fork_wait_open,
	.drive = landlock_fork_wait_drive,
	.close = pw_child_close,
	.readings = pw_child_exit_readings,
};
