/* With one argument the target says that it is there, and sleeps until its input ends. */
#include "successor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "io.h"
#include "task.h"

/* Never returns.  Standard input and output are set last, since either pipe may have their place. */
static void exec_target(struct pw_successor *successor, int ready, pid_t parent)
{
	char stay[] = "stay";
	char *argv[] = { successor->target.path, stay, NULL };
	int input = fcntl(successor->life[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int output = fcntl(ready, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (!pw_task_bind_to_parent(parent) && input >= 0 && output >= 0 && dup2(input, STDIN_FILENO) >= 0 &&
	    dup2(output, STDOUT_FILENO) >= 0)
		execve(successor->target.path, argv, successor->target.envp);
	_exit(1);
}

int pw_successor_open(struct pw_successor *successor, const struct pw_trial *trial)
{
	pid_t parent = getpid();
	int ready[2];
	char byte;
	int err;

	successor->pid = 0;
	successor->life[0] = -1;
	successor->life[1] = -1;
	err = pw_target_open(&successor->target, trial);
	if (err)
		return err;
	successor->target.envp[0] = NULL;
	if (pipe2(successor->life, O_CLOEXEC) < 0 || pipe2(ready, O_CLOEXEC) < 0)
		return -errno;
	successor->pid = fork();
	if (successor->pid == 0)
		exec_target(successor, ready[1], parent);
	if (successor->pid < 0) {
		err = -errno;
		successor->pid = 0;
	}
	pw_io_close(&ready[1]);
	if (!err && pw_io_read_all(ready[0], &byte, 1))
		err = -ECHILD;
	pw_io_close(&ready[0]);
	return err;
}

int pw_successor_end(struct pw_successor *successor)
{
	pid_t pid = successor->pid;

	successor->pid = 0;
	pw_io_close(&successor->life[1]);
	return pw_task_wait_exit(pid, PW_TARGET_STATUS);
}

void pw_successor_close(struct pw_successor *successor)
{
	int status;

	if (successor->pid > 0) {
		kill(successor->pid, SIGKILL);
		pw_task_wait(successor->pid, &status);
	}
	successor->pid = 0;
	pw_io_close(&successor->life[0]);
	pw_io_close(&successor->life[1]);
}
