/*
 * Double fork and wait, as daemons are made.  One op is fork, a child that forks and
 * calls _exit at once, a grandchild that does so too, and waitpid for both: the worker
 * is made a subreaper, so the orphan comes to it and not to init, and the op ends when
 * it has run and is gone.  There is no setsid in it.
 */
#include <errno.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "primitive.h"
#include "task.h"

struct double_state {
	pid_t grandchild;       /* written by the child */
	int error;              /* and why it could not be */
};

static int double_fork_wait_open(void *state, const struct pw_trial *trial)
{
	(void)state;
	(void)trial;
	return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* Never returns. */
static void child_body(struct double_state *s)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(PW_TARGET_STATUS);
	s->grandchild = pid;
	s->error = pid < 0 ? errno : 0;
	_exit(PW_TARGET_STATUS);
}

static int double_fork_wait_drive(void *state, uint64_t ops)
{
	struct double_state *s = state;
	int err = 0;

	while (!err && ops--) {
		pid_t pid = fork();

		if (pid == 0)
			child_body(s);
		err = pid < 0 ? -errno : pw_task_wait_exit(pid, PW_TARGET_STATUS);
		if (!err)
			err = s->grandchild < 0 ? -s->error : pw_task_wait_exit(s->grandchild, PW_TARGET_STATUS);
	}
	return err;
}

static void double_fork_wait_close(void *state)
{
	(void)state;
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

const struct pw_primitive pw_double_fork_wait = {
	.name = "double_fork_wait",
	.state_size = sizeof(struct double_state),
	.open = double_fork_wait_open,
	.drive = double_fork_wait_drive,
	.close = double_fork_wait_close,
};
