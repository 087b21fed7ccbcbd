/*
 * leak.pipe: the end of one process reaches whoever talks to it through a pipe.
 *
 * A reader gets the end of the file, and a writer SIGPIPE, which kills unless it is ignored;
 * then the write fails with EPIPE.  The writer that may be killed is a bystander of its own.
 * Control: the same bystander writes while the victim lives, and is not killed; the pipe that is
 * read from has no end then.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "casualty.h"
#include "faults/victim.h"
#include "io.h"
#include "pipes.h"
#include "task.h"

/* In a copy of our memory: the victim's ends stay open, ours do not. */
static int take(void *argument)
{
	struct pw_pipes pipes = *(const struct pw_pipes *)argument;

	pw_io_close(&pipes.to[1]);
	pw_io_close(&pipes.from[0]);
	return 0;
}

/* One byte by a process that takes signals as they come.  *status is its own. */
static int write_by_bystander(int fd, int *status)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(pw_victim_enter(parent) || write(fd, "", 1) != 1 ? 1 : 0);
	return pw_task_wait(pid, status);
}

/* The errno of a write, as a positive number, where SIGPIPE is ignored. */
static int write_ignoring(int fd)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;
	int error;

	sigaction(SIGPIPE, &ignore, &before);
	error = write(fd, "", 1) == 1 ? 0 : errno;
	sigaction(SIGPIPE, &before, NULL);
	return error;
}

/* 1 at the end of the file, 0 where there is only nothing to read yet. */
static int64_t reads_eof(int fd)
{
	char byte;
	ssize_t got = read(fd, &byte, 1);

	return got < 0 ? (errno == EAGAIN ? 0 : -errno) : got == 0;
}

static int watch(struct pw_probe *probe, struct pw_casualty *casualty, struct pw_pipes *pipes)
{
	static const struct pw_deed deed = { take, NULL };
	int status = 0;
	int err = pw_casualty_start(casualty, &deed, pipes);

	if (err)
		return err;
	pw_io_close(&pipes->to[0]);
	pw_io_close(&pipes->from[1]);
	err = write_by_bystander(pipes->to[1], &status);
	if (!err)
		err = pw_probe_facts(probe, (const struct pw_found[]){
			{ "control_writer_done", WIFEXITED(status) && WEXITSTATUS(status) == 0 },
			{ "control_reader_eof", reads_eof(pipes->from[0]) },
			{ NULL, 0 },
		});
	if (!err)
		err = pw_casualty_end(casualty, 0);
	if (!err)
		err = write_by_bystander(pipes->to[1], &status);
	return err ? err : pw_probe_facts(probe, (const struct pw_found[]){
		{ "reader_eof", reads_eof(pipes->from[0]) },
		{ "writer_signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0 },
		{ "writer_errno", write_ignoring(pipes->to[1]) },
		{ "crashes", casualty->crashes },
		{ NULL, 0 },
	});
}

static int probe_pipe(struct pw_probe *probe)
{
	struct pw_pipes pipes = PW_NO_PIPES; /* between us and the victim */
	struct pw_casualty casualty;
	int err = pw_casualty_host(probe);

	if (err)
		return err;
	err = pw_casualty_open(&casualty, probe->trial);
	if (!err)
		err = pw_pipes_open(&pipes, O_NONBLOCK);
	if (!err)
		err = watch(probe, &casualty, &pipes);
	pw_casualty_close(&casualty);
	pw_pipes_close(&pipes);
	return err;
}

const struct pw_wall pw_wall_leak_pipe = {
	.name = "leak.pipe",
	.probe = probe_pipe,
};
