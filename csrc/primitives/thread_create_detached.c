/*
 * Detached thread.  One op is pthread_create of a detached thread that says it ran, the
 * wait for that on a futex, and yields to it until the kernel knows it no more.  Without
 * the last, every other thread would still have its end before it when the next op
 * begins, and the ops would take turns in paying for it.
 */
#include <pthread.h>
#include <sched.h>

#include "futex.h"
#include "primitive.h"

struct detached_state {
	pthread_attr_t attr;
	pid_t process;
	_Atomic uint32_t thread;        /* its number in the kernel, once it has run */
};

static void *thread_body(void *state)
{
	struct detached_state *s = state;

	/* A wake that fails leaves the driver asleep, and the deadline ends the trial. */
	pw_futex_post(&s->thread, (uint32_t)syscall(SYS_gettid));
	return NULL;
}

static int thread_create_detached_open(void *state, const struct pw_trial *trial)
{
	struct detached_state *s = state;
	int err = -pthread_attr_init(&s->attr);

	(void)trial;
	s->process = getpid();
	return err ? err : -pthread_attr_setdetachstate(&s->attr, PTHREAD_CREATE_DETACHED);
}

static int await_end(struct detached_state *s)
{
	uint32_t thread = atomic_load_explicit(&s->thread, memory_order_relaxed);

	while (syscall(SYS_tgkill, s->process, thread, 0) == 0)
		if (sched_yield() < 0)
			return -errno;
	return errno == ESRCH ? 0 : -errno;
}

static int thread_create_detached_drive(void *state, uint64_t ops)
{
	struct detached_state *s = state;
	int err = 0;

	while (!err && ops--) {
		pthread_t thread;

		atomic_store_explicit(&s->thread, 0, memory_order_relaxed);
		err = -pthread_create(&thread, &s->attr, thread_body, s);
		if (!err)
			err = pw_futex_wait_while(&s->thread, 0);
		if (!err)
			err = await_end(s);
	}
	return err;
}

static void thread_create_detached_close(void *state)
{
	struct detached_state *s = state;

	pthread_attr_destroy(&s->attr);
}

const struct pw_primitive pw_thread_create_detached = {
	.name = "thread_create_detached",
	.state_size = sizeof(struct detached_state),
	.open = thread_create_detached_open,
	.drive = thread_create_detached_drive,
	.close = thread_create_detached_close,
};
