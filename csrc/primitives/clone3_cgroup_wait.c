/*
 * clone3 into a cgroup and wait.  One op is clone3 with CLONE_INTO_CGROUP, a child that
 * calls _exit at once, and waitpid for it.  The cgroup is the one that the worker is in
 * already: the kernel looks it up, asks for permission and attaches the child as it does
 * for any other, and none has to be made, which a killed worker would leave behind.
 */
#include <fcntl.h>

#include "cgroup.h"
#include "child.h"
#include "clone3.h"
#include "io.h"

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

struct cgroup_state {
	struct pw_child child;
	int cgroup;
};

static int open_own_cgroup(int *fd)
{
	char path[PW_PATH_MAX];
	int err = pw_cgroup_own(NULL, path);

	if (err)
		return err;
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd < 0 ? -errno : 0;
}

static pid_t clone3_cgroup_wait_create(struct pw_child *child, struct pw_birth birth)
{
	struct cgroup_state *s = (void *)child;
	pid_t pid = pw_clone3(CLONE_INTO_CGROUP, s->cgroup);

	if (pid == 0) {
		pw_child_begin(child, birth);
		pw_child_exit(child, birth);
	}
	return pid;
}

static void clone3_cgroup_wait_close(void *state)
{
	struct cgroup_state *s = state;

	pw_io_close(&s->cgroup);
	pw_child_close(&s->child);
}

static int clone3_cgroup_wait_open(void *state, const struct pw_trial *trial)
{
	const struct pw_creation creation = {
		.create = clone3_cgroup_wait_create, .readings = pw_child_exit_readings,
	};
	struct cgroup_state *s = state;
	int err = open_own_cgroup(&s->cgroup);

	if (err)
		return err;
	err = pw_child_open(&s->child, trial, &creation);
	if (err)
		pw_io_close(&s->cgroup);
	return err;
}

static int clone3_cgroup_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, clone3_cgroup_wait_create);
}

const struct pw_primitive pw_clone3_cgroup_wait = {
	.name = "clone3_cgroup_wait",
	.state_size = sizeof(struct cgroup_state),
	.open = clone3_cgroup_wait_open,
	.drive = clone3_cgroup_wait_drive,
	.close = clone3_cgroup_wait_close,
	.readings = pw_child_exit_readings,
};
