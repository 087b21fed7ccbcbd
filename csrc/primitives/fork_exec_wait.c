/*
 * fork, exec and wait.  One op is fork, execve of the exec target in the child
 * with an empty environment, and waitpid for it; inside the timed region are the
 * copied address space and its replacement, the target's start and end, and its
 * reaping.
 */
#include <errno.h>
#include <unistd.h>

#include "primitive.h"
#include "target.h"
#include "task.h"

#define EXEC_FAILED 127

static int fork_exec_wait_drive(void *state, uint64_t ops)
{
	struct pw_target *target = state;
	int err = 0;

	while (!err && ops--) {
		pid_t pid = fork();

		if (pid == 0) {
			execve(target->path, target->argv, target->envp);
			_exit(EXEC_FAILED);
		}
		err = pid < 0 ? -errno : pw_task_wait_exit(pid, PW_TARGET_STATUS);
	}
	return err;
}

const struct pw_primitive pw_fork_exec_wait = {
	.name = "fork_exec_wait",
	.state_size = sizeof(struct pw_target),
	.open = pw_target_open,
	.drive = fork_exec_wait_drive,
};
