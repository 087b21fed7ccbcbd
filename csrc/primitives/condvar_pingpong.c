/*
 * Condition-variable ping-pong.  One op is a round trip: the driver hands the
 * turn to the peer and sleeps until it is handed back.  Inside the timed region
 * each side locks the mutex to change the turn, unlocks it, signals the other's
 * condition, and locks it again to wait for its own.  Signalling after the unlock
 * keeps the woken task from running into a locked mutex, which would be two more
 * switches.  Mutex and conditions are of the kind that processes share for both
 * kinds of peer, so that the difference between them is the address space.
 */
#include <pthread.h>

#include "primitive.h"

enum turn { DRIVER, PEER };

struct condvar_state {
	pthread_mutex_t mutex;
	pthread_cond_t changed[2];      /* to DRIVER, to PEER */
	enum turn turn;
};

static int condvar_pingpong_open(void *state, const struct pw_trial *trial)
{
	struct condvar_state *s = state;
	pthread_mutexattr_t mutex;
	pthread_condattr_t condition;
	int err = pthread_mutexattr_init(&mutex);

	(void)trial;
	if (!err)
		err = pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	if (!err)
		err = pthread_mutex_init(&s->mutex, &mutex);
	if (!err)
		err = pthread_condattr_init(&condition);
	if (!err)
		err = pthread_condattr_setpshared(&condition, PTHREAD_PROCESS_SHARED);
	for (int i = 0; !err && i < 2; i++)
		err = pthread_cond_init(&s->changed[i], &condition);
	return -err;
}

static int condvar_pingpong_give(struct condvar_state *s, enum turn to)
{
	int err = pthread_mutex_lock(&s->mutex);

	if (!err) {
		s->turn = to;
		err = pthread_mutex_unlock(&s->mutex);
	}
	return err ? -err : -pthread_cond_signal(&s->changed[to]);
}

static int condvar_pingpong_take(struct condvar_state *s, enum turn mine)
{
	int err = pthread_mutex_lock(&s->mutex);

	while (!err && s->turn != mine)
		err = pthread_cond_wait(&s->changed[mine], &s->mutex);
	return err ? -err : -pthread_mutex_unlock(&s->mutex);
}

static int condvar_pingpong_drive(void *state, uint64_t ops)
{
	int err = 0;

	while (!err && ops--) {
		err = condvar_pingpong_give(state, PEER);
		if (!err)
			err = condvar_pingpong_take(state, DRIVER);
	}
	return err;
}

static int condvar_pingpong_serve(void *state, uint64_t ops)
{
	int err = 0;

	while (!err && ops--) {
		err = condvar_pingpong_take(state, PEER);
		if (!err)
			err = condvar_pingpong_give(state, DRIVER);
	}
	return err;
}

const struct pw_primitive pw_condvar_pingpong = {
	.name = "condvar_pingpong",
	.state_size = sizeof(struct condvar_state),
	.open = condvar_pingpong_open,
	.drive = condvar_pingpong_drive,
	.serve = condvar_pingpong_serve,
};
