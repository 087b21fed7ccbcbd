/*
 * fork, Landlock and wait.  One op is fork, a child that gives up new privileges, makes
 * a ruleset that handles the reading of directories and allows none, restricts itself
 * to it and calls _exit, and waitpid for it.
 *
 * A child made before anything is timed, once for each worker, tries to open a directory:
 * it must be refused.
 */
#include "child.h"
#include "landlock.h"

static pid_t landlock_fork_wait_create(struct pw_child *child, struct pw_birth birth)
{
	pid_t pid = fork();

	if (pid == 0) {
		int err;

		pw_child_begin(child, birth);
		err = pw_landlock_restrict(PW_LANDLOCK_READ_DIR);
		if (!err && birth.mode == PW_MODE_HELD && !pw_landlock_is_restricted())
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
