/*
 * clone3 and wait.  One op is clone3 without flags, a child that calls _exit at
 * once, and waitpid for it: what fork asks of the kernel, less what libc adds to it.
 */
#include "child.h"
#include "clone3.h"

static pid_t clone3_wait_create(struct pw_child *child, struct pw_birth birth)
{
	pid_t pid = pw_clone3(0, -1);

	if (pid == 0) {
		pw_child_begin(child, birth);
		pw_child_exit(child, birth);
	}
	return pid;
}

static int clone3_wait_open(void *state, const struct pw_trial *trial)
{
	const struct pw_creation creation = { .create = clone3_wait_create, .readings = pw_child_exit_readings };

	return pw_child_open(state, trial, &creation);
}

static int clone3_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, clone3_wait_create);
}

const struct pw_primitive pw_clone3_wait = {
	.name = "clone3_wait",
	.state_size = sizeof(struct pw_child),
	.open = clone3_wait_open,
	.drive = clone3_wait_drive,
	.close = pw_child_close,
	.readings = pw_child_exit_readings,
};
