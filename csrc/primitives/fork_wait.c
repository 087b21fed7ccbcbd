/*
 * fork and wait.  One op is fork, a child that calls _exit at once, and waitpid
 * for it; inside the timed region are the copying of the address space, the
 * child's start and end, and its reaping.
 */
#include "child.h"

static pid_t fork_wait_create(struct pw_child *child, struct pw_birth birth)
{
	pid_t pid = fork();

	if (pid == 0) {
		pw_child_begin(child, birth);
		pw_child_exit(child, birth);
	}
	return pid < 0 ? -errno : pid;
}

static int fork_wait_open(void *state, const struct pw_trial *trial)
{
	const struct pw_creation creation = { .create = fork_wait_create, .readings = pw_child_exit_readings };

	return pw_child_open(state, trial, &creation);
}

static int fork_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, fork_wait_create);
}

const struct pw_primitive pw_fork_wait = {
	.name = "fork_wait",
	.state_size = sizeof(struct pw_child),
	.open = fork_wait_open,
	.drive = fork_wait_drive,
	.close = pw_child_close,
	.readings = pw_child_exit_readings,
};
