/* Forked before the peers, so that it is nobody's peer and in nobody's count. */
#include "hog.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "futex.h"
#include "task.h"

#define RUNNING 1

/* Never returns. */
static void spin(pid_t parent, int32_t cpu, int policy, _Atomic uint32_t *ready)
{
	struct sched_param param = { .sched_priority = 0 };
	int err = pw_task_bind_to_parent(parent);

	if (!err)
		err = pw_task_pin(cpu);
	/* Whatever the worker's policy is: a hog above ordinary tasks would stop the machine. */
	if (!err && sched_setscheduler(0, policy, &param) < 0)
		err = -errno;
	if (!err && sched_getcpu() != cpu)
		err = -ENODEV;
	if (pw_futex_post(ready, (uint32_t)(RUNNING - err)) || err)
		_exit(1);
	for (;;)
		continue;
}

int pw_hog_start(struct pw_hog *hog, int32_t cpu, int policy)
{
	_Atomic uint32_t *ready;
	pid_t parent = getpid();
	int err;

	if (cpu < 0)
		return -EINVAL;
	ready = mmap(NULL, sizeof(*ready), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ready == MAP_FAILED)
		return -errno;
	hog->pid = fork();
	if (hog->pid == 0)
		spin(parent, cpu, policy, ready);
	err = hog->pid < 0 ? -errno : pw_futex_wait_while(ready, 0);
	if (!err)
		err = RUNNING - (int)atomic_load(ready);
	munmap((void *)ready, sizeof(*ready));
	if (err)
		pw_hog_stop(hog);
	return err;
}

void pw_hog_stop(struct pw_hog *hog)
{
	int status;

	if (hog->pid > 0) {
		kill(hog->pid, SIGKILL);
		pw_task_wait(hog->pid, &status);
	}
	hog->pid = 0;
}
