/*
 * A number that a signal carries.  One op queues a signal with a number to the peer,
 * which waits for signals with sigwaitinfo and queues it back; inside the timed region
 * each side makes one rt_tgsigqueueinfo, which is sigqueue to one task rather than to any
 * of a process, and one blocking sigwaitinfo.  No handler runs.
 */
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "channel.h"
#include "futex.h"

struct signal_state {
	sigset_t waited;
	sigset_t before;
	siginfo_t info;         /* as either side sends it, but for the number in it */
	pid_t driver_pid;
	pid_t driver_tid;
	pid_t peer_pid;
	_Atomic uint32_t peer_tid;      /* 0 until the peer has told */
};

static pid_t own_tid(void)
{
	return (pid_t)syscall(SYS_gettid);
}

static int put(const struct signal_state *s, pid_t pid, pid_t tid, int content)
{
	siginfo_t info = s->info;

	info.si_value.sival_int = content;
	return syscall(SYS_rt_tgsigqueueinfo, pid, tid, info.si_signo, &info) < 0 ? -errno : 0;
}

static int take(const struct signal_state *s, int *content)
{
	siginfo_t info;

	while (sigwaitinfo(&s->waited, &info) < 0)
		if (errno != EINTR)
			return -errno;
	*content = info.si_value.sival_int;
	return info.si_code == SI_QUEUE ? 0 : -EBADMSG;
}

/* Peers inherit the mask: a signal that comes before they wait stays pending. */
static int signal_message_open(void *state, const struct pw_trial *trial)
{
	struct signal_state *s = state;

	(void)trial;
	s->driver_pid = getpid();
	s->driver_tid = own_tid();
	s->info.si_signo = SIGRTMIN;
	s->info.si_code = SI_QUEUE;
	s->info.si_pid = s->driver_pid;
	s->info.si_uid = getuid();
	sigemptyset(&s->waited);
	sigaddset(&s->waited, SIGRTMIN);
	return -pthread_sigmask(SIG_BLOCK, &s->waited, &s->before);
}

static int signal_message_drive(void *state, uint64_t ops)
{
	struct signal_state *s = state;
	int err = pw_futex_wait_while(&s->peer_tid, 0);
	pid_t tid = (pid_t)atomic_load_explicit(&s->peer_tid, memory_order_relaxed);

	while (!err && ops--) {
		int sent = (int)(ops & INT32_MAX);
		int received = ~sent;

		err = put(s, s->peer_pid, tid, sent);
		if (!err)
			err = take(s, &received);
		if (!err && received != sent)
			err = -EBADMSG;
	}
	return err;
}

static int introduce(struct signal_state *s)
{
	if (atomic_load_explicit(&s->peer_tid, memory_order_relaxed))
		return 0;
	s->peer_pid = getpid();
	return pw_futex_post(&s->peer_tid, (uint32_t)own_tid());
}

static int signal_message_serve(void *state, uint64_t ops)
{
	struct signal_state *s = state;
	int err = introduce(s);

	while (!err && ops--) {
		int content = 0;

		err = take(s, &content);
		pw_mark_time(state, PW_CHANNEL_THERE);
		if (!err)
			err = put(s, s->driver_pid, s->driver_tid, content);
	}
	return err;
}

static void signal_message_close(void *state)
{
	struct signal_state *s = state;

	pthread_sigmask(SIG_SETMASK, &s->before, NULL);
}

const struct pw_primitive pw_signal_message = {
	.name = "signal_message",
	.state_size = sizeof(struct signal_state),
	.open = signal_message_open,
	.drive = signal_message_drive,
	.serve = signal_message_serve,
	.close = signal_message_close,
	.readings = pw_channel_readings,
};
