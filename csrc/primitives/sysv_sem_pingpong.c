/*
 * System V semaphores.  One op is a round trip without content: the driver raises the
 * peer's semaphore and waits for its own; inside the timed region each side makes two
 * calls of semop.  The set of two is in an IPC namespace of the worker's own and ends
 * with it.
 */
#include <errno.h>
#include <sys/ipc.h>
#include <sys/sem.h>

#include "channel.h"
#include "ipc.h"

enum semaphore { REQUEST, REPLY, SEMAPHORES };

struct semaphores {
	int set;
};

static int step(int set, enum semaphore semaphore, short by)
{
	struct sembuf change = { .sem_num = (unsigned short)semaphore, .sem_op = by };

	while (semop(set, &change, 1) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int sysv_sem_pingpong_open(void *state, const struct pw_trial *trial)
{
	struct semaphores *s = state;
	int err = pw_ipc_isolate();

	(void)trial;
	if (err)
		return err;
	s->set = semget(IPC_PRIVATE, SEMAPHORES, IPC_CREAT | 0600);
	return s->set < 0 ? -errno : 0;
}

static int sysv_sem_pingpong_drive(void *state, uint64_t ops)
{
	struct semaphores *s = state;
	int err = 0;

	while (!err && ops--) {
		err = step(s->set, REQUEST, 1);
		if (!err)
			err = step(s->set, REPLY, -1);
	}
	return err;
}

static int sysv_sem_pingpong_serve(void *state, uint64_t ops)
{
	struct semaphores *s = state;
	int err = 0;

	while (!err && ops--) {
		err = step(s->set, REQUEST, -1);
		pw_mark_time(state, PW_CHANNEL_THERE);
		if (!err)
			err = step(s->set, REPLY, 1);
	}
	return err;
}

static void sysv_sem_pingpong_close(void *state)
{
	struct semaphores *s = state;

	semctl(s->set, 0, IPC_RMID);
}

const struct pw_primitive pw_sysv_sem_pingpong = {
	.name = "sysv_sem_pingpong",
	.state_size = sizeof(struct semaphores),
	.open = sysv_sem_pingpong_open,
	.drive = sysv_sem_pingpong_drive,
	.serve = sysv_sem_pingpong_serve,
	.close = sysv_sem_pingpong_close,
	.readings = pw_channel_readings,
};
