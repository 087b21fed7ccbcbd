/* Rivals are forked before the driver is pinned, when all allowed CPUs are still known. */
#include "rival.h"

#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "futex.h"
#include "state.h"
#include "task.h"

/* Never returns. */
static void rival_body(const struct pw_primitive *primitive, const struct pw_trial *trial, int cpu,
		       _Atomic uint32_t *ready)
{
	void *state;
	int err = pw_task_pin(cpu);

	if (!err)
		err = pw_state_open(primitive, trial, &state);
	if (!err)
		err = primitive->drive(state, 1);
	if (pw_futex_post(ready, err ? 2 : 1))
		_exit(1);
	while (!err)
		err = primitive->drive(state, 1);
	_exit(1);
}

static int start(const struct pw_primitive *primitive, const struct pw_trial *trial, int cpu)
{
	pid_t parent = getpid();
	_Atomic uint32_t *ready = mmap(NULL, sizeof(*ready), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;
	int err;

	if (ready == MAP_FAILED)
		return -errno;
	pid = fork();
	if (pid == 0) {
		if (pw_task_bind_to_parent(parent))
			_exit(1);
		rival_body(primitive, trial, cpu, ready);
	}
	err = pid < 0 ? -errno : pw_futex_wait_while(ready, 0);
	if (!err && atomic_load(ready) != 1)
		err = -ECHILD;
	munmap((void *)ready, sizeof(*ready));
	return err;
}

int pw_rivals_start(const struct pw_primitive *primitive, const struct pw_trial *trial, uint64_t count)
{
	cpu_set_t allowed;
	int err = 0;

	if (!count)
		return 0;
	if (pw_primitive_peers(primitive))
		return -EINVAL;
	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return -errno;
	for (int cpu = 0; !err && count && cpu < CPU_SETSIZE; cpu++) {
		if (cpu == trial->driver_cpu || !CPU_ISSET((size_t)cpu, &allowed))
			continue;
		err = start(primitive, trial, cpu);
		count--;
	}
	return err ? err : count ? -EOPNOTSUPP : 0;
}
