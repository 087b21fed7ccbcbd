/* A process is asleep once it has said so through a pipe, or has ended, which closes the pipe. */
#include "idle_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "task.h"

/* Never returns.  Standard input and output are set last, since either pipe may have their place. */
static void exec_target(struct pw_idle_processes *processes, int ready)
{
	int input = fcntl(processes->life[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int output = fcntl(ready, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (input >= 0 && output >= 0 && dup2(input, STDIN_FILENO) == STDIN_FILENO &&
	    dup2(output, STDOUT_FILENO) == STDOUT_FILENO)
		execve(processes->argv[0], processes->argv, processes->target.envp);
	_exit(1);
}

/* Never returns. */
static void sleeper_body(struct pw_idle_processes *processes, pid_t parent, int ready)
{
	if (pw_task_bind_to_parent(parent))
		_exit(1);
	if (processes->argv[0])
		exec_target(processes, ready);
	if (pw_io_write_all(ready, "", 1))
		_exit(1);
	for (;;)
		pause();
}

static int end(struct pw_idle *idle, uint64_t index)
{
	pid_t pid = ((pid_t *)idle->tasks)[index];
	int status;
	int err = kill(pid, SIGKILL) < 0 ? -errno : 0;

	if (!err)
		err = pw_task_wait(pid, &status);
	if (err)
		return err;
	/* It was to sleep until now. */
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : -ECHILD;
}

static int start(struct pw_idle *idle, uint64_t index)
{
	pid_t parent = getpid();
	int ready[2];
	char byte;
	pid_t pid;
	int err;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		sleeper_body((struct pw_idle_processes *)idle, parent, ready[1]);
	err = pid < 0 ? -errno : 0;
	/* Shared memory: it is the maker who writes there. */
	((pid_t *)idle->tasks)[index] = pid;
	pw_io_close(&ready[1]);
	if (!err && pw_io_read_all(ready[0], &byte, 1)) {
		end(idle, index);
		err = -ECHILD;
	}
	pw_io_close(&ready[0]);
	return err;
}

static int weigh(struct pw_idle *idle, uint64_t made, struct pw_census *sum)
{
	int err = 0;

	for (uint64_t i = 0; !err && i < made; i++)
		err = pw_census_process(((pid_t *)idle->tasks)[i], sum);
	return err;
}

static const struct pw_idle_kind kind = {
	.task_size = sizeof(pid_t),
	.start = start,
	.weigh = weigh,
	.end = end,
};

int pw_idle_processes_open(struct pw_idle_processes *processes, const struct pw_trial *trial,
			   const char *const *arguments)
{
	int err;

	if (trial->target[0]) {
		err = pw_target_open(&processes->target, trial);
		if (err)
			return err;
		processes->argv[0] = processes->target.path;
		for (int i = 0; i < PW_IDLE_ARGUMENTS_MAX && arguments[i]; i++)
			processes->argv[i + 1] = (char *)(uintptr_t)arguments[i];
	}
	if (pipe2(processes->life, O_CLOEXEC) < 0)
		return -errno;
	err = pw_idle_open(&processes->idle, &kind, trial);
	if (err)
		pw_idle_processes_close(processes);
	return err;
}

void pw_idle_processes_close(void *state)
{
	struct pw_idle_processes *processes = state;

	pw_io_close(&processes->life[0]);
	pw_io_close(&processes->life[1]);
	pw_idle_close(&processes->idle);
}
