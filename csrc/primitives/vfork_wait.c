/*
 * vfork and wait.  One op is vfork, a child that calls _exit at once, and
 * waitpid for it; no address space is copied, the parent stands still until the
 * child has ended.
 */
#include "child.h"

static pid_t vfork_wait_create(struct pw_child *child, struct pw_birth birth)
{
	pid_t pid = vfork();

	if (pid == 0) {
		pw_child_begin(child, birth);
		pw_child_exit(child, birth);
	}
	return pid < 0 ? -errno : pid;
}

static int vfork_wait_open(void *state, const struct pw_trial *trial)
{
	const struct pw_creation creation = { .create = vfork_wait_create, .readings = pw_child_borrow_readings };

	return pw_child_open(state, trial, &creation);
}

static int vfork_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, vfork_wait_create);
}

const struct pw_primitive pw_vfork_wait = {
	.name = "vfork_wait",
	.state_size = sizeof(struct pw_child),
	.open = vfork_wait_open,
	.drive = vfork_wait_drive,
	.close = pw_child_close,
	.readings = pw_child_borrow_readings,
};
