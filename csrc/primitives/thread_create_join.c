/*
 * Thread create and join.  One op is pthread_create with default attributes, a
 * thread that returns at once, and pthread_join; libc keeps the stack of the
 * last thread, so after the first op no mapping is made.
 */
#include <pthread.h>

#include "primitive.h"

static void *thread_body(void *unused)
{
	return unused;
}

static int thread_create_join_drive(void *state, uint64_t ops)
{
	int err = 0;

	(void)state;
	while (!err && ops--) {
		pthread_t thread;

		err = -pthread_create(&thread, NULL, thread_body, NULL);
		if (!err)
			err = -pthread_join(thread, NULL);
	}
	return err;
}

const struct pw_primitive pw_thread_create_join = {
	.name = "thread_create_join",
	.drive = thread_create_join_drive,
};
