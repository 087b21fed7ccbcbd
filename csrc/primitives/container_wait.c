/*
 * A child in a container, and wait.  One op is clone3 into one new namespace of every kind, a
 * child that joins a cgroup with limits, mounts an empty root, leaves the old one and calls
 * _exit, and waitpid for it.  The cgroup is made before, and is the same for all; of the
 * namespaces' end only as much is inside as the kernel does not leave for later.
 *
 * Before anything is timed the kernel is asked, once for each worker, whether a child made so
 * is in namespaces, a root and a cgroup other than ours.
 */
#include "confined_child.h"

static pid_t container_wait_create(struct pw_child *child, struct pw_birth birth)
{
	return pw_confined_child_create(child, birth, &pw_confinement_container);
}

static int container_wait_open(void *state, const struct pw_trial *trial)
{
	return pw_confined_child_open(state, trial, &pw_confinement_container, container_wait_create);
}

static int container_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, container_wait_create);
}

const struct pw_primitive pw_container_wait = {
	.name = "container_wait",
	.state_size = sizeof(struct pw_confined_child),
	.open = container_wait_open,
	.drive = container_wait_drive,
	.close = pw_confined_child_close,
	.readings = pw_child_exit_readings,
};
