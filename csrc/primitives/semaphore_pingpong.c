/*
 * Semaphore ping-pong.  One op is a round trip through two POSIX semaphores in
 * shared memory; inside the timed region are two sem_post and two sem_wait that
 * block.  They are of the kind that processes share for both kinds of peer, so
 * that the difference between them is the address space.
 */
#include <errno.h>
#include <semaphore.h>

#include "primitive.h"

struct semaphore_state {
	sem_t request;
	sem_t reply;
};

static int semaphore_pingpong_open(void *state, const struct pw_trial *trial)
{
	struct semaphore_state *s = state;

	(void)trial;
	return sem_init(&s->request, 1, 0) < 0 || sem_init(&s->reply, 1, 0) < 0 ? -errno : 0;
}

static int semaphore_pingpong_wait(sem_t *semaphore)
{
	while (sem_wait(semaphore) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int semaphore_pingpong_drive(void *state, uint64_t ops)
{
	struct semaphore_state *s = state;
	int err = 0;

	while (!err && ops--)
		err = sem_post(&s->request) < 0 ? -errno : semaphore_pingpong_wait(&s->reply);
	return err;
}

static int semaphore_pingpong_serve(void *state, uint64_t ops)
{
	struct semaphore_state *s = state;
	int err = 0;

	while (!err && ops--) {
		err = semaphore_pingpong_wait(&s->request);
		if (!err && sem_post(&s->reply) < 0)
			err = -errno;
	}
	return err;
}

const struct pw_primitive pw_semaphore_pingpong = {
	.name = "semaphore_pingpong",
	.state_size = sizeof(struct semaphore_state),
	.open = semaphore_pingpong_open,
	.drive = semaphore_pingpong_drive,
	.serve = semaphore_pingpong_serve,
};
