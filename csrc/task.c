/* Parentage, signals, affinity and reaping; all of it async-signal-safe. */
#include "task.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "setting.h"

int pw_task_bind_to_parent(int32_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	/* The parent may have died before the line above took effect. */
	return getppid() == parent ? 0 : -ESRCH;
}

void pw_task_reset_signals(void)
{
	struct sigaction fresh = { .sa_handler = SIG_DFL };
	sigset_t none;

	/* Handlers first: one that ran here would run on the parent's memory. */
	for (int signal = 1; signal < NSIG; signal++)
		sigaction(signal, &fresh, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

int pw_task_pin(int32_t cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		return 0;
	if (cpu >= CPU_SETSIZE)
		return -EINVAL;
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) < 0 ? -errno : 0;
}

static const char *const policies[] = { "other", "fifo", NULL };
static const char *const speculations[] = { "default", "no-store-bypass", "no-indirect-branch", NULL };
/* What a process may choose for itself (Documentation/userspace-api/spec_ctrl.rst). */
static const unsigned long features[] = { 0, PR_SPEC_STORE_BYPASS, PR_SPEC_INDIRECT_BRANCH };

static int set_policy(int policy)
{
	/* The lowest real-time priority is above every ordinary task, and below the kernel's own. */
	struct sched_param param = { .sched_priority = 1 };

	return policy && sched_setscheduler(0, SCHED_FIFO, &param) < 0 ? -errno : 0;
}

static int set_speculation(int choice)
{
	if (!choice)
		return 0;
	return prctl(PR_SET_SPECULATION_CTRL, features[choice], PR_SPEC_DISABLE, 0, 0) < 0 ? -errno : 0;
}

int pw_task_govern(const struct pw_trial *trial)
{
	int policy = pw_setting_word(trial, "policy", policies);
	int speculation = pw_setting_word(trial, "speculation", speculations);
	int err;

	if (policy < 0 || speculation < 0)
		return -EINVAL;
	err = set_speculation(speculation);
	if (!err)
		err = set_policy(policy);
	return err ? err : pw_task_check_governed(trial);
}

int pw_task_check_governed(const struct pw_trial *trial)
{
	int speculation = pw_setting_word(trial, "speculation", speculations);
	int state;

	if (pw_setting_word(trial, "policy", policies) && sched_getscheduler(0) != SCHED_FIFO)
		return -EPROTO;
	if (!speculation)
		return 0;
	state = prctl(PR_GET_SPECULATION_CTRL, features[speculation], 0, 0, 0);
	if (state < 0)
		return -errno;
	return (unsigned long)state & (PR_SPEC_DISABLE | PR_SPEC_FORCE_DISABLE) ? 0 : -EPROTO;
}

void pw_task_raise_descriptors(void)
{
	struct rlimit limit;

	/* Where that is refused, opening too many will say so. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int pw_task_wait(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int pw_task_wait_exit(pid_t pid, int expected)
{
	int status;
	int err = pw_task_wait(pid, &status);

	if (err)
		return err;
	return WIFEXITED(status) && WEXITSTATUS(status) == expected ? 0 : -ECHILD;
}
