/* The caller is sacrificial: some acts end it, and from one it does not come back. */
#include "caller.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "faults/victim.h"
#include "io.h"
#include "task.h"

/* A loop that does not end is given up after so long; how slow the machine is plays no part,
 * since by then it has been seen to turn. */
#define PATIENCE_MS 20
/* Who was stopped does not turn any more. */
#define LOOK_NS 2000000
#define LOOKS 500

struct belongings {
	unsigned char *secret;
	unsigned char *neighbour;
	int listener;
};

static void nap(void)
{
	const struct timespec time = { 0, LOOK_NS };

	nanosleep(&time, NULL);
}

static unsigned char *one_page(void)
{
	void *page = mmap(NULL, PW_ACT_SECRET, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? NULL : page;
}

static int listen_on_loopback(uint32_t *port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, length) < 0 || listen(fd, 1) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0) {
		int err = -errno;

		pw_io_close(&fd);
		return err;
	}
	*port = address.sin_port;
	return fd;
}

static int gather(struct belongings *own, struct pw_act *act)
{
	*own = (struct belongings){ .secret = one_page(), .neighbour = one_page(), .listener = -1 };
	if (!own->secret || !own->neighbour)
		return -errno;
	if (act->kind == PW_ACT_OPEN_SOCKET) {
		own->listener = listen_on_loopback(&act->port);
		if (own->listener < 0)
			return own->listener;
	}
	act->caller = getpid();
	act->secret = (uint64_t)(uintptr_t)own->secret;
	act->neighbour = (uint64_t)(uintptr_t)own->neighbour;
	return 0;
}

/* Only now, so that no copy of it was made. */
static int fill(const struct belongings *own, const struct pw_caller *caller)
{
	if (getrandom(own->secret, PW_ACT_SECRET, 0) != PW_ACT_SECRET)
		return -EIO;
	if (caller->file >= 0 && pwrite(caller->file, own->secret, PW_ACT_SECRET, 0) != PW_ACT_SECRET)
		return -EIO;
	for (size_t i = 0; i < PW_ACT_SECRET; i++)
		own->neighbour[i] = (unsigned char)i;
	atomic_store(&caller->act->gate, 1);
	return 0;
}

/* What it was before any guest was there is gone: the two must be told apart by content. */
static void look(const struct belongings *own, struct pw_act *act)
{
	uint64_t leaked = 0;
	uint64_t changed = 0;
	int fd;

	for (size_t i = 0; i < PW_ACT_SECRET; i++) {
		leaked += act->loot[i] == own->secret[i];
		changed += own->neighbour[i] != (unsigned char)i;
	}
	act->leaked = leaked;
	act->changed = changed;
	if (own->listener >= 0) {
		fd = accept4(own->listener, NULL, NULL, SOCK_CLOEXEC);
		act->connected = fd >= 0;
		pw_io_close(&fd);
	}
	atomic_store(&act->back, 1);
}

static void *thread_body(void *argument)
{
	struct pw_act *act = argument;

	act->confined = (pid_t)syscall(SYS_gettid) != getpid();
	pw_act_await(act);
	pw_act_commit(act);
	return NULL;
}

static void wait_until_entered(const struct pw_act *act)
{
	while (!atomic_load(&act->entered))
		sched_yield();
}

/* By what POSIX has for it; a thread that makes no call does not hear it. */
static int stop_thread(pthread_t thread, struct pw_act *act)
{
	wait_until_entered(act);
	pthread_cancel(thread);
	for (int look = 0; look < PATIENCE_MS * 1000000 / LOOK_NS && !act->stopped; look++) {
		nap();
		act->stopped = pthread_tryjoin_np(thread, NULL) == 0;
	}
	return 0;
}

static int call_thread(const struct pw_caller *caller, const struct belongings *own)
{
	struct pw_act *act = caller->act;
	pthread_t thread;
	int err = -pthread_create(&thread, NULL, thread_body, act);

	if (!err)
		err = fill(own, caller);
	if (err)
		return err;
	act->seen = 1;
	if (act->kind == PW_ACT_INFINITE_LOOP)
		return stop_thread(thread, act);
	return -pthread_join(thread, NULL);
}

static int call_function(const struct pw_caller *caller, const struct belongings *own)
{
	struct pw_act *act = caller->act;
	int err = fill(own, caller);

	if (err)
		return err;
	act->confined = act->seen = 1;
	pw_act_commit(act);
	return 0;
}

_Noreturn static void guest_body(const struct pw_caller *caller, pid_t parent)
{
	const struct pw_confinement_kind *kind = caller->confinement->kind;
	struct pw_act *act = caller->act;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || (getppid() != parent && getppid() != 0))
		_exit(1);
	if (!caller->unguarded && (fcntl(caller->act_fd, F_SETFD, 0) < 0 || pw_confinement_enter(caller->confinement)))
		_exit(1);
	act->confined = !kind->is_in_force || kind->is_in_force();
	pw_act_await(act);
	pw_act_commit(act);
	_exit(0);
}

/* Killed from outside; whoever of a mechanism turns on is waited for in vain. */
static int stop_process(pid_t pid, struct pw_act *act)
{
	uint64_t count;
	int status;
	int err;

	wait_until_entered(act);
	kill(pid, SIGKILL);
	err = pw_task_wait(pid, &status);
	for (int i = 0; !err && i < LOOKS && !act->stopped; i++) {
		count = atomic_load(&act->count);
		nap();
		act->stopped = atomic_load(&act->count) == count;
	}
	return err;
}

/* 0 once it is at its gate; -EPERM if it ended before. */
static int await_guest(const struct pw_act *act, pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	while (!atomic_load(&act->ready)) {
		if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
			return -errno;
		if (info.si_pid)
			return -EPERM;
		sched_yield();
	}
	return 0;
}

static int call_process(const struct pw_caller *caller, const struct belongings *own)
{
	const struct pw_confinement *confinement = caller->confinement;
	struct pw_act *act = caller->act;
	pid_t parent = getpid();
	pid_t pid = pw_confinement_create(confinement);
	int status;
	int err;

	if (pid == 0)
		guest_body(caller, parent);
	err = pid < 0 ? pid : await_guest(act, pid);
	if (!err)
		act->seen = !confinement->kind->holds || confinement->kind->holds(confinement, pid);
	if (!err)
		err = fill(own, caller);
	if (!err && act->kind == PW_ACT_INFINITE_LOOP)
		return stop_process(pid, act);
	return err ? err : pw_task_wait(pid, &status);
}

_Noreturn static void body(const struct pw_caller *caller, pid_t parent)
{
	static int (*const calls[])(const struct pw_caller *caller, const struct belongings *own) = {
		[PW_CALLER_FUNCTION] = call_function, [PW_CALLER_THREAD] = call_thread, [PW_CALLER_PROCESS] = call_process,
	};
	struct belongings own;
	int err = pw_victim_enter(parent);

	if (!err)
		err = gather(&own, caller->act);
	if (!err)
		err = calls[caller->host](caller, &own);
	if (err) {
		caller->act->error = -err;
		_exit(PW_VICTIM_FAILED);
	}
	look(&own, caller->act);
	_exit(PW_VICTIM_UNHURT);
}

/* From a loop that is its own the caller does not come back: it is seen to turn, and given up. */
static int give_up(pid_t pid, struct pw_act *act)
{
	struct pollfd fd = { .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	int err = fd.fd < 0 ? -errno : 0;

	while (!err && !atomic_load(&act->entered))
		if (poll(&fd, 1, 1) > 0)
			break;
	if (!err)
		poll(&fd, 1, PATIENCE_MS);
	if (!fd.revents)
		kill(pid, SIGKILL);
	pw_io_close(&fd.fd);
	return err;
}

int pw_caller_run(const struct pw_caller *caller, struct pw_act *act)
{
	pid_t parent = getpid();
	int status;
	int err = 0;
	pid_t pid = fork();

	if (pid == 0)
		body(caller, parent);
	if (pid < 0)
		return -errno;
	if (caller->host == PW_CALLER_FUNCTION && act->kind == PW_ACT_INFINITE_LOOP)
		err = give_up(pid, act);
	if (!err)
		err = pw_task_wait(pid, &status);
	if (!err && WIFEXITED(status) && WEXITSTATUS(status) == PW_VICTIM_FAILED)
		err = act->error ? -act->error : -ECHILD;
	return err;
}
