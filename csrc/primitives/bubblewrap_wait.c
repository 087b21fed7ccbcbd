/*
 * bubblewrap and wait.  One op is fork, execve of bwrap with everything unshared and one file
 * bound, by which the trial's target is started, and waitpid for it; inside the timed region
 * are the start of bwrap, what it sets up, and a target that returns at once.
 *
 * The target's status proves that it ran.  One is started before anything is timed, once for
 * each worker: where bwrap is not allowed to set up what it is asked for, that is refused.
 */
#include "confined_child.h"

static pid_t bubblewrap_wait_create(struct pw_child *child, struct pw_birth birth)
{
	return pw_confined_child_create(child, birth, &pw_confinement_bubblewrap);
}

static int bubblewrap_wait_open(void *state, const struct pw_trial *trial)
{
	return pw_confined_child_open(state, trial, &pw_confinement_bubblewrap, bubblewrap_wait_create);
}

static int bubblewrap_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, bubblewrap_wait_create);
}

const struct pw_primitive pw_bubblewrap_wait = {
	.name = "bubblewrap_wait",
	.state_size = sizeof(struct pw_confined_child),
	.open = bubblewrap_wait_open,
	.drive = bubblewrap_wait_drive,
	.close = pw_confined_child_close,
	.readings = pw_child_program_readings,
};
