/*
 * fork, exec and wait.  One op is fork, execve of the exec target in the child
 * with an empty environment, and waitpid for it; inside the timed region are the
 * copied address space and its replacement, the start and end of the target, and
 * its reaping.
 */
#include "child.h"

static int fork_exec_wait_open(void *state, const struct pw_trial *trial)
{
	const struct pw_creation creation = {
		.create = pw_child_fork_exec,
		.program = pw_target_open,
		.readings = pw_child_exec_readings,
	};

	return pw_child_open(state, trial, &creation);
}

static int fork_exec_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, pw_child_fork_exec);
}

const struct pw_primitive pw_fork_exec_wait = {
	.name = "fork_exec_wait",
	.state_size = sizeof(struct pw_child),
	.open = fork_exec_wait_open,
	.drive = fork_exec_wait_drive,
	.close = pw_child_close,
	.readings = pw_child_exec_readings,
};
