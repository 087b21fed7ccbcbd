/*
 * fork, sandbox and wait.  One op is fork, a child that gives up every file by a Landlock
 * ruleset and every system call but some twenty by a seccomp filter and calls _exit, and
 * waitpid for it.
 *
 * A child made before anything is timed, once for each worker, tries to open a directory
 * and to make a call that the filter does not allow: both must be refused.
 */
#include "confined_child.h"

static pid_t sandbox_wait_create(struct pw_child *child, struct pw_birth birth)
{
	return pw_confined_child_create(child, birth, &pw_confinement_sandbox);
}

static int sandbox_wait_open(void *state, const struct pw_trial *trial)
{
	return pw_confined_child_open(state, trial, &pw_confinement_sandbox, sandbox_wait_create);
}

static int sandbox_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, sandbox_wait_create);
}

const struct pw_primitive pw_sandbox_wait = {
	.name = "sandbox_wait",
	.state_size = sizeof(struct pw_confined_child),
	.open = sandbox_wait_open,
	.drive = sandbox_wait_drive,
	.close = pw_confined_child_close,
	.readings = pw_child_exit_readings,
};
