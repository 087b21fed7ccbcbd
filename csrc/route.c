/* Each route is what a supervisor would do who had chosen it, up to knowing which child it was. */
#include "route.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static int open_signalfd(int *fd)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	*fd = signalfd(-1, &set, SFD_CLOEXEC);
	return *fd < 0 ? -errno : 0;
}

static int open_pipe(struct pw_route *route)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	route->fd = fds[0];
	route->heir = fds[1];
	return 0;
}

int pw_route_open(struct pw_route *route, enum pw_route_kind kind)
{
	*route = (struct pw_route){ .kind = kind, .fd = -1, .heir = -1 };
	switch (kind) {
	case PW_ROUTE_SIGNALFD:
		return open_signalfd(&route->fd);
	case PW_ROUTE_PIPE_EOF:
		return open_pipe(route);
	default:
		return 0;
	}
}

static int has_ended(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == pid;
}

int pw_route_attach(struct pw_route *route, pid_t pid)
{
	if (route->kind == PW_ROUTE_PIDFD) {
		route->fd = (int)syscall(SYS_pidfd_open, pid, 0);
		return route->fd < 0 ? -errno : 0;
	}
	/* Our own copy would hide the end. */
	pw_io_close(&route->heir);
	return 0;
}

static int poll_until(int fd, short event)
{
	struct pollfd poller = { .fd = fd, .events = event };

	while (poll(&poller, 1, -1) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

/* The signal does not queue: of several children that ended it names one. */
static int read_signals(int fd, pid_t pid)
{
	struct signalfd_siginfo info;
	int err = 0;

	while (!err && !has_ended(pid))
		err = pw_io_read_all(fd, &info, sizeof(info));
	return err;
}

static int wait_for_end(pid_t pid)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int pw_route_wait(struct pw_route *route, pid_t pid, uint32_t clock, uint64_t *end)
{
	uint32_t cpu = 0;
	int err;

	switch (route->kind) {
	case PW_ROUTE_PIDFD:
		err = poll_until(route->fd, POLLIN);
		break;
	case PW_ROUTE_SIGNALFD:
		err = read_signals(route->fd, pid);
		break;
	case PW_ROUTE_PIPE_EOF:
		err = poll_until(route->fd, POLLIN);
		break;
	default:
		err = wait_for_end(pid);
		break;
	}
	*end = pw_clock_end(clock, &cpu);
	return err;
}

int pw_route_sees_eof(const struct pw_route *route)
{
	struct pollfd poller = { .fd = route->fd, .events = POLLIN };

	return poll(&poller, 1, 0) == 1 && (poller.revents & POLLHUP) != 0;
}

void pw_route_close(struct pw_route *route)
{
	pw_io_close(&route->fd);
	pw_io_close(&route->heir);
}
