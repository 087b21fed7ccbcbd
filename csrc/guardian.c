/* Not bound to its parent, and not in its group: it has to outlive the one that is killed. */
#include "guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io.h"
#include "task.h"

_Noreturn static void guard(int lifeline, int (*clear)(const void *what), const void *what)
{
	char byte;

	setpgid(0, 0);
#ifdef SYS_close_range
	/* Who waits for the end of a pipe must not wait for us. */
	syscall(SYS_close_range, lifeline + 1, ~0U, 0);
	if (lifeline)
		syscall(SYS_close_range, 0, lifeline - 1, 0);
#endif
	pw_io_read_all(lifeline, &byte, 1);
	_exit(clear(what) ? 1 : 0);
}

int pw_guardian_start(struct pw_guardian *guardian, int (*clear)(const void *what), const void *what)
{
	int fds[2];

	*guardian = (struct pw_guardian){ .lifeline = -1 };
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	guardian->pid = fork();
	if (guardian->pid == 0) {
		pw_io_close(&fds[1]);
		guard(fds[0], clear, what);
	}
	pw_io_close(&fds[0]);
	guardian->lifeline = fds[1];
	if (guardian->pid < 0) {
		int err = -errno;

		guardian->pid = 0;
		pw_io_close(&guardian->lifeline);
		return err;
	}
	/* From both sides: it is safe from the end of our group before there is something to remove. */
	setpgid(guardian->pid, guardian->pid);
	return 0;
}

int pw_guardian_end(struct pw_guardian *guardian)
{
	int err = 0;

	if (!guardian->pid)
		return 0;
	pw_io_close(&guardian->lifeline);
	err = pw_task_wait_exit(guardian->pid, 0);
	guardian->pid = 0;
	return err == -ECHILD ? -EBUSY : err;
}
