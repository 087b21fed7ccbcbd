/*
 * mem.inherit: what a child has in common with its parent although their memory is apart.
 *
 * A descriptor that is inherited is another name of the same open file: the child moves
 * its offset, drops its flock and its OFD lock, and the parent sees all three.  The control
 * is the same child with an opening of its own of the same file: the parent sees nothing.
 * A lock of fcntl's older kind belongs to the process, and the working directory is
 * copied: both are tried as well and must stay.  Then another program is exec'd with two
 * descriptors, one of them to be closed on exec: only the other is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "decimal.h"
#include "io.h"
#include "procfile.h"
#include "successor.h"
#include "task.h"
#include "wall.h"

#define MOVED_TO 7

/* Each is opened on its own, and is one page in no directory. */
enum slot { SLOT_OFFSET, SLOT_FLOCK, SLOT_OFD, SLOT_POSIX, SLOT_COUNT };

struct files {
	int fd[SLOT_COUNT];
};

static struct flock whole_file(short type)
{
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET };
}

/* The same file by an opening of its own. */
static int open_again(int fd)
{
	char name[4 + PW_DECIMAL_MAX] = "fd/";
	char path[PW_PROCFILE_PATH];
	int again;

	pw_decimal_write(name + 3, (uint64_t)fd);
	pw_procfile_path(path, getpid(), name);
	again = open(path, O_RDWR | O_CLOEXEC);
	return again < 0 ? -errno : again;
}

static int set_up(struct files *files, const char *directory)
{
	struct flock lock = whole_file(F_WRLCK);
	struct flock ofd = whole_file(F_WRLCK);

	for (int i = 0; i < SLOT_COUNT; i++) {
		files->fd[i] = pw_io_temporary(directory);
		if (files->fd[i] < 0)
			return files->fd[i];
	}
	if (flock(files->fd[SLOT_FLOCK], LOCK_EX | LOCK_NB) < 0 ||
	    fcntl(files->fd[SLOT_OFD], F_OFD_SETLK, &ofd) < 0 || fcntl(files->fd[SLOT_POSIX], F_SETLK, &lock) < 0)
		return -errno;
	return 0;
}

/* Never returns. */
static void child_body(struct files files, int own, pid_t parent)
{
	struct flock unlock = whole_file(F_UNLCK);
	struct flock ofd = whole_file(F_UNLCK);

	if (pw_task_bind_to_parent(parent))
		_exit(1);
	for (int i = 0; own && i < SLOT_COUNT; i++) {
		files.fd[i] = open_again(files.fd[i]);
		if (files.fd[i] < 0)
			_exit(1);
	}
	if (lseek(files.fd[SLOT_OFFSET], MOVED_TO, SEEK_SET) != MOVED_TO ||
	    flock(files.fd[SLOT_FLOCK], LOCK_UN) < 0 || fcntl(files.fd[SLOT_OFD], F_OFD_SETLK, &ofd) < 0 ||
	    fcntl(files.fd[SLOT_POSIX], F_SETLK, &unlock) < 0 || chdir("/proc") < 0)
		_exit(1);
	_exit(0);
}

/* 1 if another opening of the file can take the lock, 0 if it is held, or negative errno. */
static int is_free(int fd, enum slot slot)
{
	struct flock ofd = whole_file(F_WRLCK);
	int again = open_again(fd);
	int got;

	if (again < 0)
		return again;
	/* A lock of the process would not be in its own way: an OFD lock is what asks. */
	got = slot == SLOT_FLOCK ? flock(again, LOCK_EX | LOCK_NB) : fcntl(again, F_OFD_SETLK, &ofd);
	got = got == 0 ? 1 : errno == EAGAIN || errno == EACCES ? 0 : -errno;
	close(again);
	return got;
}

/* Opening and closing a file drops a lock of the process on it, so that is asked last, and once. */
struct common {
	int offset;
	int flock;
	int ofd;
	int posix;
	int directory;
};

static int directory_is(const struct stat *before)
{
	struct stat now;

	if (stat(".", &now) < 0)
		return -errno;
	return now.st_dev == before->st_dev && now.st_ino == before->st_ino;
}

static int look(const struct files *files, const struct stat *directory, struct common *common)
{
	int same = directory_is(directory);

	*common = (struct common){
		.offset = lseek(files->fd[SLOT_OFFSET], 0, SEEK_CUR) == MOVED_TO,
		.flock = is_free(files->fd[SLOT_FLOCK], SLOT_FLOCK),
		.ofd = is_free(files->fd[SLOT_OFD], SLOT_OFD),
		.posix = is_free(files->fd[SLOT_POSIX], SLOT_POSIX),
		.directory = !same,
	};
	if (common->flock < 0 || common->ofd < 0 || common->posix < 0)
		return -EIO;
	return same < 0 ? same : 0;
}

static int run_pass(const char *directory, int own, struct common *common)
{
	struct files files = { .fd = { -1, -1, -1, -1 } };
	pid_t parent = getpid();
	struct stat before;
	int err = stat(".", &before) < 0 ? -errno : 0;
	pid_t pid;

	if (!err)
		err = set_up(&files, directory);
	if (err)
		goto out;
	pid = fork();
	if (pid == 0)
		child_body(files, own, parent);
	err = pid < 0 ? -errno : pw_task_wait_exit(pid, 0);
	if (!err)
		err = look(&files, &before, common);
out:
	for (int i = 0; i < SLOT_COUNT; i++)
		pw_io_close(&files.fd[i]);
	return err;
}

/* 1 if the process has that file under that number, 0 if not, or negative errno. */
static int is_there(pid_t pid, int fd)
{
	char name[4 + PW_DECIMAL_MAX] = "fd/";
	char path[PW_PROCFILE_PATH];
	struct stat ours;
	struct stat theirs;

	pw_decimal_write(name + 3, (uint64_t)fd);
	pw_procfile_path(path, pid, name);
	if (fstat(fd, &ours) < 0)
		return -errno;
	if (stat(path, &theirs) < 0)
		return errno == ENOENT ? 0 : -errno;
	return ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
}

static int look_past_exec(struct pw_probe *probe)
{
	struct pw_successor *successor = calloc(1, sizeof(*successor));
	int closing = pw_io_temporary(probe->trial->directory);
	int staying = closing < 0 ? -1 : fcntl(closing, F_DUPFD, 0);
	int kept = 0;
	int closed = 0;
	int err = successor && staying >= 0 ? pw_successor_open(successor, probe->trial) : -ENOMEM;

	if (!err) {
		kept = is_there(successor->pid, staying);
		closed = is_there(successor->pid, closing);
		err = kept < 0 ? kept : closed < 0 ? closed : pw_successor_end(successor);
	}
	if (!err)
		err = pw_probe_fact(probe, "exec_kept", kept);
	if (!err)
		err = pw_probe_fact(probe, "exec_kept_cloexec", closed);
	if (successor)
		pw_successor_close(successor);
	pw_io_close(&closing);
	pw_io_close(&staying);
	free(successor);
	return err;
}

static int report(struct pw_probe *probe, const struct common *inherited, const struct common *opened)
{
	const struct { const char *name; int64_t value; } facts[] = {
		{ "offset_shared", inherited->offset },
		{ "flock_shared", inherited->flock },
		{ "ofd_lock_shared", inherited->ofd },
		{ "posix_lock_shared", inherited->posix },
		{ "directory_shared", inherited->directory },
		{ "shared", inherited->offset + inherited->flock + inherited->ofd },
		{ "control_shared", opened->offset + opened->flock + opened->ofd },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(probe, facts[i].name, facts[i].value);
	return err;
}

static int probe_inherit(struct pw_probe *probe)
{
	static const char *const hosts[] = { "process", NULL };
	struct common inherited;
	struct common opened;
	int err = pw_probe_host(probe, hosts);

	if (!err)
		err = run_pass(probe->trial->directory, 0, &inherited);
	if (!err)
		err = run_pass(probe->trial->directory, 1, &opened);
	if (!err)
		err = report(probe, &inherited, &opened);
	return err ? err : look_past_exec(probe);
}

const struct pw_wall pw_wall_mem_inherit = { .name = "mem.inherit", .probe = probe_inherit };
