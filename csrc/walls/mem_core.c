/*
 * mem.core: a core is a copy of the memory in a file, and can be kept from being one.
 *
 * A child draws a secret into a page of its own and aborts.  The control finds the secret
 * in its core; with MADV_DONTDUMP on the page there is a core without it, with
 * RLIMIT_CORE 0 there is none.  The cores lie in a tmpfs that is mounted nowhere and
 * vanishes with the process, so they are made only where the kernel's core_pattern is
 * a plain file name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io.h"
#include "privatefs.h"
#include "task.h"
#include "wall.h"

#define SIZE 4096
#define PIECES 8
#define PIECE (SIZE / PIECES)
#define MEGABYTES 256U

enum kind { DUMPED, NOT_DUMPED, NO_CORE };

struct core {
	int64_t cores;                  /* files */
	int64_t aborted;
	int64_t flagged;                /* the kernel says that it dumped */
	int64_t pieces;                 /* of the secret, in the core */
	unsigned char secret[SIZE];
};

static int prepare(unsigned char *page, enum kind kind)
{
	struct rlimit wanted = { kind == NO_CORE ? 0 : (rlim_t)MEGABYTES << 20, 0 };
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) < 0)
		return -errno;
	if (limit.rlim_max < wanted.rlim_cur)
		return -EPERM;
	wanted.rlim_max = limit.rlim_max;
	if (setrlimit(RLIMIT_CORE, &wanted) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0)
		return -errno;
	if (getrlimit(RLIMIT_CORE, &limit) < 0 || limit.rlim_cur != wanted.rlim_cur || prctl(PR_GET_DUMPABLE) != 1)
		return -EPERM;
	if (kind == NOT_DUMPED && madvise(page, SIZE, MADV_DONTDUMP) < 0)
		return -errno;
	return getrandom(page, SIZE, 0) == SIZE ? 0 : -EIO;
}

/* Tells the secret through a pipe: no other copy of it may be in the memory that is dumped. */
static _Noreturn void be_victim(int say, int directory, enum kind kind)
{
	void *page = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err = page == MAP_FAILED || fchdir(directory) < 0 ? -errno : 0;

	pw_task_reset_signals();
	if (!err)
		err = prepare(page, kind);
	if (pw_io_write_all(say, &err, sizeof(err)) || err || pw_io_write_all(say, page, SIZE))
		_exit(1);
	kill(getpid(), SIGABRT);
	_exit(1);
}

static int hear(int fd, unsigned char *secret)
{
	int said;
	int err = pw_io_read_all(fd, &said, sizeof(said));

	if (!err)
		err = said;
	return err ? err : pw_io_read_all(fd, secret, SIZE);
}

static int run_victim(int directory, enum kind kind, struct core *core)
{
	pid_t parent = getpid();
	int pipe[2];
	int status;
	int ended;
	int err;
	pid_t pid;

	if (pipe2(pipe, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		if (pw_task_bind_to_parent(parent))
			_exit(1);
		be_victim(pipe[1], directory, kind);
	}
	err = pid < 0 ? -errno : 0;
	pw_io_close(&pipe[1]);
	if (!err) {
		err = hear(pipe[0], core->secret);
		ended = pw_task_wait(pid, &status);
		err = err ? err : ended;
	}
	pw_io_close(&pipe[0]);
	if (!err) {
		core->aborted = WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
		core->flagged = WIFSIGNALED(status) && WCOREDUMP(status);
	}
	return err;
}

static int search_core(int fd, struct core *core)
{
	struct stat about;
	char *bytes;

	if (fstat(fd, &about) < 0)
		return -errno;
	if (!S_ISREG(about.st_mode) || !about.st_size)
		return 0;
	core->cores++;
	bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	for (int i = 0; i < PIECES; i++)
		core->pieces += memmem(bytes, (size_t)about.st_size, core->secret + i * PIECE, PIECE) != NULL;
	munmap(bytes, (size_t)about.st_size);
	return 0;
}

/* Whatever the pattern made of the name; the files are gone afterwards. */
static int search_cores(int directory, struct core *core)
{
	int again = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again < 0 ? NULL : fdopendir(again);
	struct dirent *entry;
	int err = list ? 0 : -errno;

	while (!err && (entry = readdir(list))) {
		int fd;

		if (entry->d_name[0] == '.')
			continue;
		fd = openat(directory, entry->d_name, O_RDONLY | O_CLOEXEC);
		err = fd < 0 ? -errno : search_core(fd, core);
		pw_io_close(&fd);
		if (!err && unlinkat(directory, entry->d_name, 0) < 0)
			err = -errno;
	}
	if (list)
		closedir(list);
	else
		pw_io_close(&again);
	return err;
}

static int check_pattern(struct pw_probe *probe)
{
	char pattern[256];

	if (pw_io_read_file("/proc/sys/kernel/core_pattern", pattern, sizeof(pattern)))
		return pw_probe_refuse(probe, -EACCES, "kernel.core_pattern cannot be read, so that nobody knows "
				       "where a core would go");
	if (strpbrk(pattern, "|/@") || pattern[0] == '\n' || !pattern[0])
		return pw_probe_refuse(probe, -EPERM, "kernel.core_pattern is no plain file name: cores would go to a "
				       "program or a directory that is not this probe's");
	return 0;
}

static int report(struct pw_probe *probe, const struct core *cores)
{
	const struct pw_fact facts[] = {
		{ "aborted", cores[DUMPED].aborted + cores[NOT_DUMPED].aborted + cores[NO_CORE].aborted },
		{ "pieces", PIECES },
		{ "control_cores", cores[DUMPED].cores },
		{ "control_flagged", cores[DUMPED].flagged },
		{ "control_pieces", cores[DUMPED].pieces },
		{ "dontdump_cores", cores[NOT_DUMPED].cores },
		{ "dontdump_pieces", cores[NOT_DUMPED].pieces },
		{ "limited_cores", cores[NO_CORE].cores },
		{ "limited_flagged", cores[NO_CORE].flagged },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(probe, facts[i].name, facts[i].value);
	return err;
}

static int probe_core(struct pw_probe *probe)
{
	struct core cores[] = { [DUMPED] = { 0 }, [NOT_DUMPED] = { 0 }, [NO_CORE] = { 0 } };
	int err = check_pattern(probe);
	int directory;

	if (err)
		return err;
	directory = pw_privatefs_open(MEGABYTES);
	if (directory < 0)
		return pw_probe_refuse(probe, directory == -EINVAL ? -ENOSYS : directory, "no file system of its own "
				       "for cores: it takes Linux 5.2, and CAP_SYS_ADMIN or user namespaces");
	for (int kind = DUMPED; !err && kind <= NO_CORE; kind++) {
		err = run_victim(directory, (enum kind)kind, &cores[kind]);
		if (err == -EPERM)
			pw_probe_refuse(probe, err, "the hard limit of RLIMIT_CORE leaves no room for a core");
		if (!err)
			err = search_cores(directory, &cores[kind]);
	}
	pw_io_close(&directory);
	return err ? err : report(probe, cores);
}

const struct pw_wall pw_wall_mem_core = {
	.name = "mem.core",
	.probe = probe_core,
};
