/*
 * vfork and wait.  One op is vfork, a child that calls _exit at once, and
 * waitpid for it; no address space is copied, the parent stands still until the
 * child has ended.
 */
#include <errno.h>
#include <unistd.h>

#include "primitive.h"
#include "task.h"

static int vfork_wait_drive(void *state, uint64_t ops)
{
	int err = 0;

	(void)state;
	while (!err && ops--) {
		pid_t pid = vfork();

		if (pid == 0)
			_exit(PW_TARGET_STATUS);
		err = pid < 0 ? -errno : pw_task_wait_exit(pid, PW_TARGET_STATUS);
	}
	return err;
}

const struct pw_primitive pw_vfork_wait = {
	.name = "vfork_wait",
	.drive = vfork_wait_drive,
};
