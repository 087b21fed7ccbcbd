/*
 * leak.locks, leak.sem_undo: what the kernel frees for the dead.
 * leak.sem_posix, leak.sem_sysv: what stays taken, as nothing says whose it is.
 *
 * The victim takes the lock and crashes; then we look at it.  Controls: where it must be free
 * afterwards, the same look sees that it is held as long as the victim lives; where it stays
 * held, a victim that gives it back before it crashes leaves it free.
 */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <unistd.h>

#include "casualty.h"
#include "decimal.h"
#include "io.h"
#include "ipc.h"
#include "procfile.h"

struct file_locks {
	int file;
	int victims;            /* another opening of the same file */
};

static int take_file_locks(void *argument)
{
	const struct file_locks *locks = argument;
	struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (flock(locks->victims, LOCK_EX | LOCK_NB) < 0 || fcntl(locks->victims, F_SETLK, &range) < 0)
		return -errno;
	return 0;
}

static int open_file_locks(struct file_locks *locks)
{
	char path[PW_PROCFILE_PATH];
	char name[3 + PW_DECIMAL_MAX] = "fd/";

	locks->file = memfd_create("partywall-locks", MFD_CLOEXEC);
	if (locks->file < 0)
		return -errno;
	pw_decimal_write(name + 3, (uint64_t)locks->file);
	pw_procfile_path(path, getpid(), name);
	/* flock belongs to an opening, and is freed with its last descriptor. */
	locks->victims = open(path, O_RDWR | O_CLOEXEC);
	return locks->victims < 0 ? -errno : 0;
}

static int flock_is_free(const struct file_locks *locks)
{
	if (flock(locks->file, LOCK_EX | LOCK_NB) < 0)
		return 0;
	flock(locks->file, LOCK_UN);
	return 1;
}

/* The process that has a POSIX lock on the file; 0: nobody. */
static int64_t locked_by(const struct file_locks *locks)
{
	struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(locks->file, F_GETLK, &range) < 0)
		return -errno;
	return range.l_type == F_UNLCK ? 0 : range.l_pid;
}

static int watch_file_locks(struct pw_probe *probe, struct pw_casualty *casualty, struct file_locks *locks)
{
	static const struct pw_deed deed = { take_file_locks, NULL };
	int err = pw_casualty_start(casualty, &deed, locks);

	if (err)
		return err;
	pw_io_close(&locks->victims);
	err = pw_probe_facts(probe, (const struct pw_found[]){
		{ "control_flock_held", !flock_is_free(locks) },
		{ "control_fcntl_held", locked_by(locks) == casualty->pid },
		{ NULL, 0 },
	});
	if (!err)
		err = pw_casualty_end(casualty, 0);
	return err ? err : pw_probe_facts(probe, (const struct pw_found[]){
		{ "flock_free", flock_is_free(locks) },
		{ "fcntl_free", locked_by(locks) == 0 },
		{ "crashes", casualty->crashes },
		{ NULL, 0 },
	});
}

static int probe_locks(struct pw_probe *probe)
{
	struct file_locks locks = { -1, -1 };
	struct pw_casualty casualty;
	int err = pw_casualty_host(probe);

	if (err)
		return err;
	err = pw_casualty_open(&casualty, probe->trial);
	if (!err)
		err = open_file_locks(&locks);
	if (!err)
		err = watch_file_locks(probe, &casualty, &locks);
	pw_casualty_close(&casualty);
	pw_io_close(&locks.victims);
	pw_io_close(&locks.file);
	return err;
}

static int take_posix(void *argument)
{
	return sem_trywait(argument) < 0 ? -errno : 0;
}

static int give_posix(void *argument)
{
	return sem_post(argument) < 0 ? -errno : 0;
}

struct sysv {
	int set;
	short flags;
};

static int change(const struct sysv *sysv, short by)
{
	struct sembuf op = { .sem_num = 0, .sem_op = by, .sem_flg = (short)(sysv->flags | IPC_NOWAIT) };

	return semop(sysv->set, &op, 1) < 0 ? -errno : 0;
}

static int take_sysv(void *argument)
{
	return change(argument, -1);
}

static int give_sysv(void *argument)
{
	return change(argument, 1);
}

/* Any kind of semaphore, at 1 before the victim takes it. */
struct semaphore {
	struct pw_deed deed;
	void *argument;
	int (*value)(void *argument);
};

static int posix_value(void *argument)
{
	int value;

	return sem_getvalue(argument, &value) < 0 ? -errno : value;
}

static int sysv_value(void *argument)
{
	const struct sysv *sysv = argument;
	int value = semctl(sysv->set, 0, GETVAL);

	return value < 0 ? -errno : value;
}

static int watch_semaphore(struct pw_probe *probe, const struct semaphore *semaphore)
{
	struct pw_casualty casualty;
	int held = 0;
	int after = 0;
	int err = pw_casualty_open(&casualty, probe->trial);

	if (!err)
		err = pw_casualty_start(&casualty, &semaphore->deed, semaphore->argument);
	if (!err) {
		held = semaphore->value(semaphore->argument);
		err = pw_casualty_end(&casualty, 0);
	}
	if (!err) {
		after = semaphore->value(semaphore->argument);
		/* For the second victim as it was for the first. */
		if (after == 0)
			err = semaphore->deed.give_back(semaphore->argument);
	}
	if (!err)
		err = pw_casualty_run(&casualty, &semaphore->deed, semaphore->argument, 1);
	if (!err)
		err = pw_probe_facts(probe, (const struct pw_found[]){
			{ "value_before", 1 },
			{ "control_value_held", held },
			{ "value_after", after },
			{ "control_value_given_back", semaphore->value(semaphore->argument) },
			{ "crashes", casualty.crashes },
			{ NULL, 0 },
		});
	pw_casualty_close(&casualty);
	return err;
}

static int probe_posix(struct pw_probe *probe)
{
	struct semaphore semaphore = { .deed = { take_posix, give_posix }, .value = posix_value };
	sem_t *shared;
	int err = pw_casualty_host(probe);

	if (err)
		return err;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -errno;
	semaphore.argument = shared;
	err = sem_init(shared, 1, 1) < 0 ? -errno : watch_semaphore(probe, &semaphore);
	munmap(shared, sizeof(*shared));
	return err;
}

static int watch_sysv(struct pw_probe *probe, short flags)
{
	struct sysv sysv = { .flags = flags };
	const struct semaphore semaphore = {
		.deed = { take_sysv, give_sysv }, .argument = &sysv, .value = sysv_value,
	};
	int err = pw_ipc_isolate();

	if (err)
		return pw_probe_refuse(probe, err, "System V objects need an IPC namespace of their own, which takes "
				       "root or user namespaces: nothing may stay behind");
	sysv.set = semget(IPC_PRIVATE, 1, 0600 | IPC_CREAT);
	if (sysv.set < 0)
		return -errno;
	err = change(&(struct sysv){ sysv.set, 0 }, 1);
	if (!err)
		err = watch_semaphore(probe, &semaphore);
	semctl(sysv.set, 0, IPC_RMID);
	return err;
}

static int probe_sysv(struct pw_probe *probe)
{
	int err = pw_casualty_host(probe);

	return err ? err : watch_sysv(probe, 0);
}

static int probe_undo(struct pw_probe *probe)
{
	int err = pw_casualty_host(probe);

	return err ? err : watch_sysv(probe, SEM_UNDO);
}

const struct pw_wall pw_wall_leak_locks = {
	.name = "leak.locks",
	.probe = probe_locks,
};

const struct pw_wall pw_wall_leak_sem_posix = {
	.name = "leak.sem_posix",
	.probe = probe_posix,
};

const struct pw_wall pw_wall_leak_sem_sysv = {
	.name = "leak.sem_sysv",
	.probe = probe_sysv,
};

const struct pw_wall pw_wall_leak_sem_undo = {
	.name = "leak.sem_undo",
	.probe = probe_undo,
};
