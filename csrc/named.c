/* The calls by which each kind is made, found and read. */
#include "named.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include "io.h"
#include "namespaces.h"

#define MODE 0600
#define DIRECTORY "/dev/shm"
#define FILE_PATH DIRECTORY "/partywall-file"
#define OBJECT "/partywall-object"
#define SEMAPHORES (PW_NAMED_SIZE / sizeof(unsigned short))

struct letter {
	long type;
	unsigned char bytes[PW_NAMED_SIZE];
};

/* Ours to define (semctl(2)). */
union semaphore_argument {
	int value;
	unsigned short *array;
};

static int result(long got)
{
	return got < 0 ? -errno : 0;
}

static int write_and_close(int fd, const unsigned char *secret)
{
	int err;

	if (fd < 0)
		return -errno;
	err = pw_io_write_all(fd, secret, PW_NAMED_SIZE);
	close(fd);
	return err;
}

static int read_and_close(int fd, unsigned char *bytes)
{
	int err;

	if (fd < 0)
		return -errno;
	err = pw_io_read_all(fd, bytes, PW_NAMED_SIZE);
	close(fd);
	return err;
}

static int make_file(key_t key, const unsigned char *secret)
{
	(void)key;
	return write_and_close(open(FILE_PATH, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, MODE), secret);
}

static int read_file(key_t key, unsigned char *bytes)
{
	(void)key;
	return read_and_close(open(FILE_PATH, O_RDWR | O_CLOEXEC), bytes);
}

static int remove_file(key_t key)
{
	(void)key;
	return result(unlink(FILE_PATH));
}

static int make_posix_shm(key_t key, const unsigned char *secret)
{
	(void)key;
	return write_and_close(shm_open(OBJECT, O_RDWR | O_CREAT | O_EXCL, MODE), secret);
}

static int read_posix_shm(key_t key, unsigned char *bytes)
{
	(void)key;
	return read_and_close(shm_open(OBJECT, O_RDWR, 0), bytes);
}

static int remove_posix_shm(key_t key)
{
	(void)key;
	return result(shm_unlink(OBJECT));
}

static int make_posix_mq(key_t key, const unsigned char *secret)
{
	struct mq_attr attributes = { .mq_maxmsg = 1, .mq_msgsize = PW_NAMED_SIZE };
	mqd_t queue = mq_open(OBJECT, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, MODE, &attributes);
	int err;

	(void)key;
	if (queue < 0)
		return -errno;
	err = result(mq_send(queue, (const char *)secret, PW_NAMED_SIZE, 0));
	mq_close(queue);
	return err;
}

static int read_posix_mq(key_t key, unsigned char *bytes)
{
	mqd_t queue = mq_open(OBJECT, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int err;

	(void)key;
	if (queue < 0)
		return -errno;
	err = result(mq_receive(queue, (char *)bytes, PW_NAMED_SIZE, NULL));
	mq_close(queue);
	return err;
}

static int remove_posix_mq(key_t key)
{
	(void)key;
	return result(mq_unlink(OBJECT));
}

static int with_segment(int id, unsigned char *out, const unsigned char *in)
{
	void *memory;

	if (id < 0)
		return -errno;
	memory = shmat(id, NULL, 0);
	if (memory == (void *)-1)
		return -errno;
	if (in)
		memcpy(memory, in, PW_NAMED_SIZE);
	else
		memcpy(out, memory, PW_NAMED_SIZE);
	return result(shmdt(memory));
}

static int make_sysv_shm(key_t key, const unsigned char *secret)
{
	return with_segment(shmget(key, PW_NAMED_SIZE, IPC_CREAT | IPC_EXCL | MODE), NULL, secret);
}

/* Anybody may ask for the number; what it stands for is another matter. */
static int read_sysv_shm(key_t key, unsigned char *bytes)
{
	return with_segment(shmget(key, 0, 0), bytes, NULL);
}

static int remove_sysv_shm(key_t key)
{
	int id = shmget(key, 0, 0);

	return id < 0 ? -errno : result(shmctl(id, IPC_RMID, NULL));
}

static int make_sysv_sem(key_t key, const unsigned char *secret)
{
	unsigned short values[SEMAPHORES];
	union semaphore_argument argument = { .array = values };
	int id = semget(key, SEMAPHORES, IPC_CREAT | IPC_EXCL | MODE);

	memcpy(values, secret, sizeof(values));
	return id < 0 ? -errno : result(semctl(id, 0, SETALL, argument));
}

static int read_sysv_sem(key_t key, unsigned char *bytes)
{
	unsigned short values[SEMAPHORES];
	union semaphore_argument argument = { .array = values };
	int id = semget(key, 0, 0);

	if (id < 0 || semctl(id, 0, GETALL, argument) < 0)
		return -errno;
	memcpy(bytes, values, sizeof(values));
	return 0;
}

static int remove_sysv_sem(key_t key)
{
	int id = semget(key, 0, 0);

	return id < 0 ? -errno : result(semctl(id, 0, IPC_RMID));
}

static int make_sysv_msg(key_t key, const unsigned char *secret)
{
	struct letter letter = { .type = 1 };
	int id = msgget(key, IPC_CREAT | IPC_EXCL | MODE);

	memcpy(letter.bytes, secret, PW_NAMED_SIZE);
	return id < 0 ? -errno : result(msgsnd(id, &letter, PW_NAMED_SIZE, IPC_NOWAIT));
}

static int read_sysv_msg(key_t key, unsigned char *bytes)
{
	struct letter letter = { 0 };
	int id = msgget(key, 0);

	if (id < 0 || msgrcv(id, &letter, PW_NAMED_SIZE, 0, IPC_NOWAIT) < 0)
		return -errno;
	memcpy(bytes, letter.bytes, PW_NAMED_SIZE);
	return 0;
}

static int remove_sysv_msg(key_t key)
{
	int id = msgget(key, 0);

	return id < 0 ? -errno : result(msgctl(id, IPC_RMID, NULL));
}

const struct pw_named pw_named[PW_NAMED_COUNT] = {
	{ "file", make_file, read_file, remove_file },
	{ "posix_shm", make_posix_shm, read_posix_shm, remove_posix_shm },
	{ "posix_mq", make_posix_mq, read_posix_mq, remove_posix_mq },
	{ "sysv_shm", make_sysv_shm, read_sysv_shm, remove_sysv_shm },
	{ "sysv_sem", make_sysv_sem, read_sysv_sem, remove_sysv_sem },
	{ "sysv_msg", make_sysv_msg, read_sysv_msg, remove_sysv_msg },
};

int pw_named_isolate(int anybody)
{
	int err = unshare(CLONE_NEWIPC | CLONE_NEWNS) < 0 ? -errno : 0;

	if (err == -EPERM && anybody)
		err = pw_namespaces_enter_as_user(CLONE_NEWIPC | CLONE_NEWNS);
	if (err)
		return err == -EINVAL ? -EOPNOTSUPP : err;
	/* Nothing mounted here may show outside. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("partywall", DIRECTORY, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777,size=1m") < 0)
		return -errno;
	return 0;
}
