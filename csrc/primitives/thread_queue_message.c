/*
 * A message through a queue guarded by a mutex and condition variables, as threads of
 * one program would talk.  One op copies a message of n bytes into a queue that the
 * peer takes it from, and back through a second queue; inside the timed region are
 * four copies under the lock, four lock-unlock pairs, and a wake and a sleep for each
 * direction.  Each queue has one place.  Mutex and conditions are process-shared for
 * both kinds of peer, so that the difference is the address space.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "exchange.h"

struct queue {
	_Alignas(PW_STATE_ALIGN) pthread_mutex_t lock;
	pthread_cond_t filled;
	pthread_cond_t emptied;
	uint32_t count;
	char *place;
};

struct thread_queue_state {
	struct pw_exchange exchange;
	char *places;
	struct queue queue[PW_SIDES];   /* by the side that sends */
};

static int open_condition(pthread_cond_t *condition)
{
	pthread_condattr_t attr;
	int err = pthread_condattr_init(&attr);

	if (err)
		return -err;
	err = pthread_condattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	if (!err)
		err = pthread_cond_init(condition, &attr);
	pthread_condattr_destroy(&attr);
	return -err;
}

static int open_queue(struct queue *queue, char *place)
{
	pthread_mutexattr_t attr;
	int err = pthread_mutexattr_init(&attr);

	if (err)
		return -err;
	err = pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	if (!err)
		err = pthread_mutex_init(&queue->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	if (!err)
		err = -open_condition(&queue->filled);
	if (!err)
		err = -open_condition(&queue->emptied);
	queue->place = place;
	return -err;
}

static int thread_queue_message_open(void *state, const struct pw_trial *trial)
{
	struct thread_queue_state *s = state;
	int err = pw_exchange_open(&s->exchange, trial, "message");
	size_t size = s->exchange.size;

	if (err)
		return err;
	s->places = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->places == MAP_FAILED) {
		err = -errno;
		goto out;
	}
	memset(s->places, 0, 2 * size);
	for (int side = 0; !err && side < PW_SIDES; side++)
		err = open_queue(&s->queue[side], s->places + (size_t)side * size);
	if (err)
		munmap(s->places, 2 * size);
out:
	if (err)
		pw_exchange_close(&s->exchange);
	return err;
}

static int wait_for(struct queue *queue, pthread_cond_t *condition, uint32_t count)
{
	int err = 0;

	while (!err && queue->count != count)
		err = pthread_cond_wait(condition, &queue->lock);
	return err;
}

static int queue_send(void *state, enum pw_side self)
{
	struct thread_queue_state *s = state;
	struct queue *queue = &s->queue[self];
	int err = pthread_mutex_lock(&queue->lock);

	if (err)
		return -err;
	err = wait_for(queue, &queue->emptied, 0);
	if (!err) {
		memcpy(queue->place, s->exchange.out[self], s->exchange.size);
		queue->count = 1;
	}
	pthread_mutex_unlock(&queue->lock);
	/* After the unlock, or the woken side could find the mutex taken. */
	return -(err ? err : pthread_cond_signal(&queue->filled));
}

static int queue_receive(void *state, enum pw_side self)
{
	struct thread_queue_state *s = state;
	struct queue *queue = &s->queue[pw_side_other(self)];
	int err = pthread_mutex_lock(&queue->lock);

	if (err)
		return -err;
	err = wait_for(queue, &queue->filled, 1);
	if (!err) {
		memcpy(s->exchange.in[self], queue->place, s->exchange.size);
		queue->count = 0;
	}
	pthread_mutex_unlock(&queue->lock);
	return -(err ? err : pthread_cond_signal(&queue->emptied));
}

static int thread_queue_message_drive(void *state, uint64_t ops)
{
	return pw_exchange_drive(state, ops, queue_send, queue_receive);
}

static int thread_queue_message_serve(void *state, uint64_t ops)
{
	return pw_exchange_serve(state, ops, queue_send, queue_receive);
}

static void thread_queue_message_close(void *state)
{
	struct thread_queue_state *s = state;

	for (int side = 0; side < PW_SIDES; side++) {
		pthread_cond_destroy(&s->queue[side].filled);
		pthread_cond_destroy(&s->queue[side].emptied);
		pthread_mutex_destroy(&s->queue[side].lock);
	}
	munmap(s->places, 2 * s->exchange.size);
	pw_exchange_close(&s->exchange);
}

const struct pw_primitive pw_thread_queue_message = {
	.name = "thread_queue_message",
	.state_size = sizeof(struct thread_queue_state),
	.open = thread_queue_message_open,
	.drive = thread_queue_message_drive,
	.serve = thread_queue_message_serve,
	.close = thread_queue_message_close,
	.readings = pw_exchange_readings,
};
