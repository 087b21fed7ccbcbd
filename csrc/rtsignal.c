/* rt_sigtimedwait takes the signal from the queue: no handler, no change of the mask. */
#include "rtsignal.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "futex.h"

static void only(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGRTMIN);
}

int pw_rtsignal_block(void)
{
	sigset_t set;

	only(&set);
	return sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? -errno : 0;
}

int pw_rtsignal_enter(struct pw_rtsignal_task *task)
{
	task->pid = getpid();
	return pw_futex_post(&task->tid, (uint32_t)syscall(SYS_gettid));
}

int pw_rtsignal_send(struct pw_rtsignal_task *task)
{
	int err = pw_futex_wait_while(&task->tid, 0);
	uint32_t tid = atomic_load_explicit(&task->tid, memory_order_relaxed);

	if (err)
		return err;
	return syscall(SYS_tgkill, task->pid, tid, SIGRTMIN) < 0 ? -errno : 0;
}

int pw_rtsignal_await(const struct pw_rtsignal_task *sender)
{
	siginfo_t info;
	sigset_t set;
	int got;

	only(&set);
	do
		got = sigwaitinfo(&set, &info);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	/* The kernel says SI_TKILL; glibc makes SI_USER of it. */
	if (info.si_code != SI_TKILL && info.si_code != SI_USER)
		return -EPROTO;
	return info.si_pid == sender->pid ? 0 : -EPROTO;
}
