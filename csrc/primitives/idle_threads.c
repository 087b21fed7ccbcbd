/*
 * Idle threads.  One op creates N threads one after the other, waits for each to
 * be about to sleep, weighs the process that they are in, wakes and joins them.
 * Each has a stack of the default size with a guard, made as libc makes it but
 * unmapped at the end: libc would keep some of them, and the next op's threads
 * would seem to take nothing.  As with idle_processes, the time is no cost.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "futex.h"
#include "idle.h"

struct idle_thread {
	pthread_t thread;
	char *stack;
	_Atomic uint32_t asleep;
	_Atomic uint32_t over;
};

struct idle_threads {
	struct pw_idle idle;
	size_t stack_size;
	size_t guard_size;
};

static void *sleeper_body(void *argument)
{
	struct idle_thread *task = argument;

	if (!pw_futex_post(&task->asleep, 1))
		pw_futex_wait_while(&task->over, 0);
	return NULL;
}

static int map_stack(const struct idle_threads *threads, struct idle_thread *task)
{
	size_t size = threads->guard_size + threads->stack_size;
	char *stack = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	int err;

	if (stack == MAP_FAILED)
		return -errno;
	if (mprotect(stack + threads->guard_size, threads->stack_size, PROT_READ | PROT_WRITE) < 0) {
		err = -errno;
		munmap(stack, size);
		return err;
	}
	*task = (struct idle_thread){ .stack = stack };
	return 0;
}

static int unmap_stack(const struct idle_threads *threads, struct idle_thread *task)
{
	return munmap(task->stack, threads->guard_size + threads->stack_size) < 0 ? -errno : 0;
}

static int start(struct pw_idle *idle, uint64_t index)
{
	struct idle_threads *threads = (struct idle_threads *)idle;
	struct idle_thread *task = (struct idle_thread *)idle->tasks + index;
	pthread_attr_t attr;
	int err = map_stack(threads, task);

	if (err)
		return err;
	err = -pthread_attr_init(&attr);
	if (!err)
		err = -pthread_attr_setstack(&attr, task->stack + threads->guard_size, threads->stack_size);
	if (!err)
		err = -pthread_create(&task->thread, &attr, sleeper_body, task);
	pthread_attr_destroy(&attr);
	if (err)
		unmap_stack(threads, task);
	return err ? err : pw_futex_wait_while(&task->asleep, 0);
}

static int end(struct pw_idle *idle, uint64_t index)
{
	struct idle_thread *task = (struct idle_thread *)idle->tasks + index;
	int err = pw_futex_post(&task->over, 1);

	if (!err)
		err = -pthread_join(task->thread, NULL);
	return err ? err : unmap_stack((struct idle_threads *)idle, task);
}

static int weigh(struct pw_idle *idle, uint64_t made, struct pw_census *sum)
{
	(void)idle;
	(void)made;
	return pw_census_process(getpid(), sum);
}

static const struct pw_idle_kind kind = {
	.task_size = sizeof(struct idle_thread),
	.start = start,
	.weigh = weigh,
	.end = end,
};

static int idle_threads_open(void *state, const struct pw_trial *trial)
{
	struct idle_threads *threads = state;
	pthread_attr_t attr;
	int err = -pthread_attr_init(&attr);

	if (err)
		return err;
	err = -pthread_attr_getstacksize(&attr, &threads->stack_size);
	if (!err)
		err = -pthread_attr_getguardsize(&attr, &threads->guard_size);
	pthread_attr_destroy(&attr);
	return err ? err : pw_idle_open(&threads->idle, &kind, trial);
}

static void idle_threads_close(void *state)
{
	struct idle_threads *threads = state;

	pw_idle_close(&threads->idle);
}

const struct pw_primitive pw_idle_threads = {
	.name = "idle_threads",
	.state_size = sizeof(struct idle_threads),
	.open = idle_threads_open,
	.drive = pw_idle_drive,
	.close = idle_threads_close,
	.readings = pw_idle_readings,
};
