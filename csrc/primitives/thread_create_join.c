/*
 * Thread create and join.  One op is pthread_create with default attributes, a
 * thread that returns at once, and pthread_join; libc keeps the stack of the
 * last thread, so after the first op no mapping is made.
 */
#include <pthread.h>
#include <sys/resource.h>

#include "mark.h"
#include "primitive.h"

enum reading { CALL_RETURNS, CHILD_STARTS, EXITS, PARENT_FAULTS, CHILD_FAULTS };

static const struct pw_reading readings[] = {
	[CALL_RETURNS] = { "call_returns", PW_READING_TICKS },
	[CHILD_STARTS] = { "child_starts", PW_READING_TICKS },
	[EXITS] = { "exits", PW_READING_TICKS },
	[PARENT_FAULTS] = { "parent_faults", PW_READING_COUNT },
	[CHILD_FAULTS] = { "child_faults", PW_READING_COUNT },
	{ NULL, 0 },
};

static int64_t faults(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) < 0 ? -1 : usage.ru_minflt;
}

static void *thread_body(void *unused)
{
	return unused;
}

static void *marked_body(void *state)
{
	pw_mark_time(state, CHILD_STARTS);
	pw_mark_value(state, CHILD_FAULTS, faults());
	pw_mark_time(state, EXITS);
	return NULL;
}

static int create_join(void *(*body)(void *argument), void *state, int marked)
{
	pthread_t thread;
	int err = -pthread_create(&thread, NULL, body, state);

	if (marked)
		pw_mark_time(state, CALL_RETURNS);
	return err ? err : -pthread_join(thread, NULL);
}

static int thread_create_join_drive(void *state, uint64_t ops)
{
	const int marked = pw_marks_on(state);
	int err = 0;

	while (!err && ops--) {
		int64_t before = marked ? faults() : 0;

		err = create_join(marked ? marked_body : thread_body, state, marked);
		if (marked)
			pw_mark_value(state, PARENT_FAULTS, faults() - before);
	}
	return err;
}

const struct pw_primitive pw_thread_create_join = {
	.name = "thread_create_join",
	.drive = thread_create_join_drive,
	.readings = readings,
};
