/*
 * mem.secret: memory of memfd_secret(2) is read by no other process, root's included.
 *
 * A child fills a secret page and an ordinary one with random bytes.  The worker, which
 * may trace it, reads both by process_vm_readv(2) and by /proc/PID/mem: the secret one
 * must be refused (EFAULT; EIO), the ordinary one is the control and must be read whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "procfile.h"
#include "task.h"
#include "wall.h"

#define SIZE 4096
#define HELD 0x5a

/* What the child says of itself, and of each of its pages. */
struct secret {
	unsigned char *page[2];
	unsigned char copy[2][256];     /* the child's first bytes: what the reader is to find */
	int32_t error;
	int32_t refusal;
};

enum { SECRET, ORDINARY };

static int fill(struct secret *secret, int page)
{
	if (getrandom(secret->page[page], sizeof(secret->copy[page]), 0) != sizeof(secret->copy[page]))
		return -EIO;
	memset(secret->page[page] + sizeof(secret->copy[page]), HELD, SIZE - sizeof(secret->copy[page]));
	memcpy(secret->copy[page], secret->page[page], sizeof(secret->copy[page]));
	return 0;
}

static int map_secret(struct secret *secret)
{
#ifdef SYS_memfd_secret
	int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);
	void *memory;
	int err = 0;

	if (fd < 0) {
		secret->refusal = 1;
		return -errno;
	}
	if (ftruncate(fd, SIZE) < 0)
		err = -errno;
	memory = err ? MAP_FAILED : mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (!err && memory == MAP_FAILED)
		err = -errno;
	pw_io_close(&fd);
	secret->page[SECRET] = memory;
	return err;
#else
	secret->refusal = 1;
	return -ENOSYS;
#endif
}

static int map_pages(struct secret *secret)
{
	void *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err;

	if (memory == MAP_FAILED)
		return -errno;
	secret->page[ORDINARY] = memory;
	err = map_secret(secret);
	if (!err)
		err = fill(secret, SECRET);
	return err ? err : fill(secret, ORDINARY);
}

/* Says what it has, and stays until its parent has looked. */
static int be_victim(int say, int stay)
{
	struct secret secret = { 0 };
	char byte;

	secret.error = map_pages(&secret);
	if (pw_io_write_all(say, &secret, sizeof(secret)))
		return 1;
	return read(stay, &byte, 1) == 0 ? 0 : 1;
}

static int64_t matching(const unsigned char *bytes, ssize_t got, const struct secret *secret, int page)
{
	int64_t count = 0;

	for (ssize_t i = 0; i < got; i++) {
		ssize_t copied = sizeof(secret->copy[page]);

		count += bytes[i] == (i < copied ? secret->copy[page][i] : HELD);
	}
	return count;
}

/* 0 or the errno of either way to read; and how many bytes were the right ones. */
struct outcome {
	int64_t error[2];
	int64_t seen[2];
};

enum { BY_READV, BY_FILE };

static void look(pid_t pid, const struct secret *secret, int page, struct outcome *outcome)
{
	unsigned char bytes[SIZE];
	struct iovec local = { bytes, sizeof(bytes) };
	struct iovec remote = { secret->page[page], SIZE };
	char path[PW_PROCFILE_PATH];
	ssize_t got = process_vm_readv(pid, &local, 1, &remote, 1, 0);
	int fd;

	outcome->error[BY_READV] = got < 0 ? errno : 0;
	outcome->seen[BY_READV] = matching(bytes, got, secret, page);
	pw_procfile_path(path, pid, "mem");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	got = fd < 0 ? -1 : pread(fd, bytes, sizeof(bytes), (off_t)(uintptr_t)secret->page[page]);
	outcome->error[BY_FILE] = got < 0 ? errno : 0;
	outcome->seen[BY_FILE] = matching(bytes, got, secret, page);
	pw_io_close(&fd);
}

/* A refusal for another reason is not this wall. */
static int64_t other_refusals(const struct outcome *hidden)
{
	return (hidden->error[BY_READV] && hidden->error[BY_READV] != EFAULT) +
	       (hidden->error[BY_FILE] && hidden->error[BY_FILE] != EIO);
}

static int report(struct pw_probe *probe, const struct outcome *hidden, const struct outcome *open)
{
	const struct pw_fact facts[] = {
		{ "bytes", SIZE },
		{ "readv_seen", hidden->seen[BY_READV] },
		{ "readv_errno", hidden->error[BY_READV] },
		{ "mem_seen", hidden->seen[BY_FILE] },
		{ "mem_errno", hidden->error[BY_FILE] },
		{ "other_refusals", other_refusals(hidden) },
		{ "control_readv_seen", open->seen[BY_READV] },
		{ "control_mem_seen", open->seen[BY_FILE] },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(probe, facts[i].name, facts[i].value);
	return err;
}

static int refused(const struct outcome *open)
{
	return open->error[BY_READV] == EPERM || open->error[BY_READV] == ENOSYS || open->error[BY_FILE] == EACCES ||
	       open->error[BY_FILE] == EPERM;
}

static int attack(struct pw_probe *probe, pid_t pid, int hear)
{
	struct outcome hidden;
	struct outcome open;
	struct secret secret;
	int err = pw_io_read_all(hear, &secret, sizeof(secret));

	if (err)
		return err;
	if (secret.error && secret.refusal)
		return pw_probe_refuse(probe, secret.error, "no memfd_secret(2): it needs Linux 5.14 with "
				       "CONFIG_SECRETMEM, not switched off by secretmem.enable=0 or a filter");
	if (secret.error == -EAGAIN)
		return pw_probe_refuse(probe, -EAGAIN, "RLIMIT_MEMLOCK leaves no room for a page of memfd_secret(2)");
	if (secret.error)
		return secret.error;
	look(pid, &secret, ORDINARY, &open);
	if (refused(&open))
		return pw_probe_refuse(probe, -EPERM, "not even an ordinary page of a child may be read here (Yama 2 "
				       "or 3, or a filter), so that there is no control");
	look(pid, &secret, SECRET, &hidden);
	return report(probe, &hidden, &open);
}

static int with_victim(struct pw_probe *probe, int said[2], int stays[2])
{
	pid_t parent = getpid();
	pid_t pid = fork();
	int ended;
	int err;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		pw_io_close(&stays[1]);
		_exit(pw_task_bind_to_parent(parent) ? 1 : be_victim(said[1], stays[0]));
	}
	pw_io_close(&said[1]);
	err = attack(probe, pid, said[0]);
	pw_io_close(&stays[1]);
	ended = pw_task_wait_exit(pid, 0);
	return err ? err : ended;
}

static int probe_secret(struct pw_probe *probe)
{
	int said[2] = { -1, -1 };
	int stays[2] = { -1, -1 };
	int err = 0;

	if (pipe2(said, O_CLOEXEC) < 0 || pipe2(stays, O_CLOEXEC) < 0)
		err = -errno;
	if (!err)
		err = with_victim(probe, said, stays);
	for (int i = 0; i < 2; i++) {
		pw_io_close(&said[i]);
		pw_io_close(&stays[i]);
	}
	return err;
}

const struct pw_wall pw_wall_mem_secret = {
	.name = "mem.secret",
	.probe = probe_secret,
};
