/*
 * fork and wait.  One op is fork, a child that calls _exit at once, and waitpid
 * for it; inside the timed region are the copying of the address space, the
 * child's start and end, and its reaping.
 */
#include <errno.h>
#include <unistd.h>

#include "primitive.h"
#include "task.h"

static int fork_wait_drive(void *state, uint64_t ops)
{
	int err = 0;

	(void)state;
	while (!err && ops--) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(PW_TARGET_STATUS);
		err = pid < 0 ? -errno : pw_task_wait_exit(pid, PW_TARGET_STATUS);
	}
	return err;
}

const struct pw_primitive pw_fork_wait = {
	.name = "fork_wait",
	.drive = fork_wait_drive,
};
