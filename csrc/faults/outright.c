/* Nothing has gone wrong: the task ends, stops or goes on by what it is made to do. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "table.h"

#define EXIT_STATUS 3
/* Seconds of CPU time after which a deaf victim ends, should nobody end it before. */
#define SPIN_SOFT 3
#define SPIN_HARD 4

static void commit_kill(void *aim)
{
	(void)aim;
	kill(getpid(), SIGKILL);
}

static void commit_exit(void *aim)
{
	(void)aim;
	_exit(EXIT_STATUS);
}

/* To itself: a signal to the process might be taken by another thread, and this one go on for a while. */
static void commit_stop(void *aim)
{
	(void)aim;
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGSTOP);
}

static int prepare_deaf(struct pw_victim *victim)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	int err = pw_fault_limit(RLIMIT_CPU, SPIN_SOFT, SPIN_HARD);

	victim->aim = victim;
	if (err)
		return err;
	return sigaction(SIGTERM, &ignore, NULL) < 0 ? -errno : 0;
}

static void commit_deaf(void *aim)
{
	struct pw_victim *victim = aim;

	for (;;) {
		sched_yield();
		victim->beats++;
	}
}

const struct pw_fault pw_faults_outright[] = {
	{ .name = "kill", .signal = SIGKILL, .raised = 1, .commit = commit_kill },
	{ .name = "exit", .effect = PW_EFFECT_EXIT, .status = EXIT_STATUS, .commit = commit_exit },
	{ .name = "stopped", .effect = PW_EFFECT_STOP, .signal = SIGSTOP, .raised = 1, .commit = commit_stop },
	{ .name = "deaf", .effect = PW_EFFECT_DEAF, .signal = SIGTERM, .prepare = prepare_deaf, .commit = commit_deaf },
	{ .name = NULL },
};
