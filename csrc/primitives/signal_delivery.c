/*
 * A signal to oneself.  One op is one system call by which a thread sends itself a
 * signal, the entry into its handler, which counts, and the return from it.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "primitive.h"

#define SIGNAL SIGUSR1

struct signal_delivery {
	volatile uint64_t handled;
	struct sigaction before;
};

/* The signal carries the state, so that no global has to. */
static void handle(int signal, siginfo_t *info, void *context)
{
	struct signal_delivery *s = info->si_value.sival_ptr;

	(void)signal;
	(void)context;
	s->handled++;
}

static int signal_delivery_open(void *state, const struct pw_trial *trial)
{
	struct signal_delivery *s = state;
	struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO };

	(void)trial;
	return sigaction(SIGNAL, &action, &s->before) < 0 ? -errno : 0;
}

static int signal_delivery_drive(void *state, uint64_t ops)
{
	struct signal_delivery *s = state;
	pid_t process = getpid();
	pid_t thread = (pid_t)syscall(SYS_gettid);
	uint64_t wanted = s->handled + ops;
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = SIGNAL;
	info.si_code = SI_QUEUE;
	info.si_pid = process;
	info.si_uid = getuid();
	info.si_value.sival_ptr = s;
	while (ops--)
		if (syscall(SYS_rt_tgsigqueueinfo, process, thread, SIGNAL, &info) < 0)
			return -errno;
	/* An unblocked signal to oneself is handled before the call returns. */
	return s->handled == wanted ? 0 : -EPROTO;
}

static void signal_delivery_close(void *state)
{
	struct signal_delivery *s = state;

	sigaction(SIGNAL, &s->before, NULL);
}

const struct pw_primitive pw_signal_delivery = {
	.name = "signal_delivery",
	.state_size = sizeof(struct signal_delivery),
	.open = signal_delivery_open,
	.drive = signal_delivery_drive,
	.close = signal_delivery_close,
};
