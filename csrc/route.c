/* Each way, with the calls that programs use on it. */
#include "route.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "decimal.h"
#include "io.h"
#include "procfile.h"

/* The numbers are the same on every architecture but alpha; older headers lack them. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

#define WORDS (PW_SECRET_SIZE / sizeof(long))

static int whole(ssize_t moved)
{
	if (moved < 0)
		return -errno;
	return moved == PW_SECRET_SIZE ? 0 : -EIO;
}

/* An address of another process is only a number here. */
static void *there(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

static int take_vm_readv(const struct pw_aim *aim, struct pw_loot *loot)
{
	const struct iovec here = { loot->bytes, PW_SECRET_SIZE };
	const struct iovec remote = { there(aim->address), PW_SECRET_SIZE };

	return whole(process_vm_readv(aim->pid, &here, 1, &remote, 1, 0));
}

static int take_vm_writev(const struct pw_aim *aim, struct pw_loot *loot)
{
	unsigned char zeros[PW_SECRET_SIZE] = { 0 };
	const struct iovec here = { zeros, PW_SECRET_SIZE };
	const struct iovec remote = { there(aim->address), PW_SECRET_SIZE };

	(void)loot;
	return whole(process_vm_writev(aim->pid, &here, 1, &remote, 1, 0));
}

static int take_proc_mem(const struct pw_aim *aim, struct pw_loot *loot)
{
	const unsigned char zeros[PW_SECRET_SIZE] = { 0 };
	char path[PW_PROCFILE_PATH];
	int err;
	int fd;

	pw_procfile_path(path, aim->pid, "mem");
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = whole(pread(fd, loot->bytes, PW_SECRET_SIZE, (off_t)aim->address));
	if (!err)
		err = whole(pwrite(fd, zeros, PW_SECRET_SIZE, (off_t)aim->address));
	close(fd);
	return err;
}

static int stop_by(int seize, pid_t pid)
{
	int status;

	if (seize ? ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0
		  : ptrace(PTRACE_ATTACH, pid, NULL, NULL) < 0)
		return -errno;
	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSTOPPED(status) ? 0 : -ECHILD;
}

static int let_go(pid_t pid)
{
	return ptrace(PTRACE_DETACH, pid, NULL, NULL) < 0 ? -errno : 0;
}

static int move_words(const struct pw_aim *aim, struct pw_loot *loot)
{
	for (size_t i = 0; i < WORDS; i++) {
		char *at = (char *)there(aim->address) + i * sizeof(long);
		long word;

		/* Any word may be the content, so only errno tells a failure. */
		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, aim->pid, at, NULL);
		if (word == -1 && errno)
			return -errno;
		memcpy(loot->bytes + i * sizeof(long), &word, sizeof(long));
		if (ptrace(PTRACE_POKEDATA, aim->pid, at, NULL) < 0)
			return -errno;
	}
	return 0;
}

/* PTRACE_TRACEME is no attack: with it a process offers itself, to its parent only. */
static int take_ptrace(const struct pw_aim *aim, struct pw_loot *loot)
{
	int err = stop_by(1, aim->pid);
	int attached;

	if (!err) {
		int moved = move_words(aim, loot);

		err = let_go(aim->pid);
		if (moved)
			err = moved;
	}
	attached = stop_by(0, aim->pid);
	if (!attached)
		attached = let_go(aim->pid);
	loot->second = -attached;
	return err;
}

static int take_pidfd_getfd(const struct pw_aim *aim, struct pw_loot *loot)
{
	int pidfd = (int)syscall(SYS_pidfd_open, aim->pid, 0);
	int err = 0;
	int fd;

	if (pidfd < 0)
		return -errno;
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, aim->fd, 0);
	if (fd < 0)
		err = -errno;
	close(pidfd);
	if (!err) {
		err = whole(pread(fd, loot->bytes, PW_SECRET_SIZE, 0));
		close(fd);
	}
	return err;
}

const struct pw_route pw_routes[PW_ROUTE_COUNT] = {
	[PW_ROUTE_VM_READV] = { .name = "vm_readv", .reads = 1, .refusal = EPERM, .take = take_vm_readv },
	[PW_ROUTE_VM_WRITEV] = { .name = "vm_writev", .writes = 1, .refusal = EPERM, .take = take_vm_writev },
	[PW_ROUTE_PROC_MEM] = {
		.name = "proc_mem", .reads = 1, .writes = 1, .refusal = EACCES, .take = take_proc_mem,
	},
	[PW_ROUTE_PTRACE] = { .name = "ptrace", .reads = 1, .writes = 1, .refusal = EPERM, .take = take_ptrace },
	[PW_ROUTE_PIDFD_GETFD] = {
		.name = "pidfd_getfd", .reads = 1, .descriptor = 1, .refusal = EPERM, .take = take_pidfd_getfd,
	},
};

void pw_route_try(const struct pw_route *route, const struct pw_aim *aim, struct pw_loot *loot)
{
	memset(loot, 0, sizeof(*loot));
	loot->second = -1;
	loot->error = -route->take(aim, loot);
	loot->tried = 1;
}

int pw_route_yama(void)
{
	char text[8];

	if (pw_io_read_file("/proc/sys/kernel/yama/ptrace_scope", text, sizeof(text)))
		return -1;
	return (int)pw_decimal_read(text);
}
