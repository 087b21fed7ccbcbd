/* Two pipes, which are its standard input and output, whatever it is. */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "pipes.h"
#include "task.h"

const char *const pw_guest_arguments[] = { "guest", NULL };

/* Either pipe may have the place of the standard descriptors. */
static int take_places(const struct pw_pipes *pipes)
{
	int input = fcntl(pipes->to[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	int output = fcntl(pipes->from[1], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (input < 0 || output < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0)
		return -errno;
	return 0;
}

_Noreturn static void serve(const struct pw_confinement *confinement, const struct pw_pipes *pipes, pid_t parent)
{
	const struct pw_confinement_kind *kind = confinement->kind;
	char byte = 0;
	int err = prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ? -errno : 0;

	/* Of a namespace of its own it sees no parent: that one is gone if nobody holds the pipe. */
	if (!err && getppid() != parent && getppid() != 0)
		err = -ESRCH;
	if (!err)
		err = take_places(pipes);
	if (!err)
		err = pw_confinement_enter(confinement);
	if (err || (kind->is_in_force && !kind->is_in_force()))
		_exit(1);
	while (!pw_io_write_all(STDOUT_FILENO, &byte, 1) && !pw_io_read_all(STDIN_FILENO, &byte, 1))
		continue;
	_exit(0);
}

static int await(const struct pw_guest *guest, const struct pw_confinement *confinement)
{
	const struct pw_confinement_kind *kind = confinement->kind;
	char byte;

	/* That it could not be confined is what the machine does not allow. */
	if (pw_io_read_all(guest->in, &byte, 1))
		return -EPERM;
	return !kind->holds || kind->holds(confinement, guest->pid) ? 0 : -EPROTO;
}

int pw_guest_start(struct pw_guest *guest, const struct pw_confinement *confinement)
{
	pid_t parent = getpid();
	struct pw_pipes pipes;
	int err = pw_pipes_open(&pipes, 0);

	*guest = (struct pw_guest){ .in = -1, .out = -1 };
	if (!err) {
		/* Into memory that may be shared the maker writes, and not the child. */
		pid_t pid = pw_confinement_create(confinement);

		if (pid == 0)
			serve(confinement, &pipes, parent);
		err = pid < 0 ? pid : 0;
		guest->pid = pid < 0 ? 0 : pid;
	}
	if (!err) {
		guest->out = pipes.to[1];
		guest->in = pipes.from[0];
		pipes.to[1] = pipes.from[0] = -1;
	}
	pw_pipes_close(&pipes);
	if (!err) {
		err = await(guest, confinement);
		if (err)
			pw_guest_end(guest);
	}
	return err;
}

int pw_guest_ask(const struct pw_guest *guest)
{
	char sent = 1;
	char received = 0;
	int err = pw_io_write_all(guest->out, &sent, 1);

	if (!err)
		err = pw_io_read_all(guest->in, &received, 1);
	return err || received == sent ? err : -EPROTO;
}

int pw_guest_end(struct pw_guest *guest)
{
	int status;
	int err;

	/* Before the pipe ends, at which it would end by itself. */
	if (guest->pid > 0)
		kill(guest->pid, SIGKILL);
	pw_io_close(&guest->out);
	pw_io_close(&guest->in);
	if (guest->pid <= 0)
		return 0;
	err = pw_task_wait(guest->pid, &status);
	guest->pid = 0;
	if (err)
		return err;
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? 0 : -ECHILD;
}
