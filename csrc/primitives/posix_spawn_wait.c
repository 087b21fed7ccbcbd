/*
 * posix_spawn and wait.  One op is posix_spawn of the exec target with an empty
 * environment and waitpid for it; inside the timed region are libc's vfork-like
 * clone, the exec, the target's start and end, and its reaping.
 */
#include <spawn.h>

#include "primitive.h"
#include "target.h"
#include "task.h"

static int posix_spawn_wait_drive(void *state, uint64_t ops)
{
	struct pw_target *target = state;
	int err = 0;

	while (!err && ops--) {
		pid_t pid;

		err = -posix_spawn(&pid, target->path, NULL, NULL, target->argv, target->envp);
		if (!err)
			err = pw_task_wait_exit(pid, PW_TARGET_STATUS);
	}
	return err;
}

const struct pw_primitive pw_posix_spawn_wait = {
	.name = "posix_spawn_wait",
	.state_size = sizeof(struct pw_target),
	.open = pw_target_open,
	.drive = posix_spawn_wait_drive,
};
