/*
 * crash.core_dump: what it costs that a crash leaves a core, in time until the parent knows.
 *
 * The same fault, in a child that holds so much memory, once with RLIMIT_CORE 0 and once with cores
 * on; each timed from the instruction before the fault to the return of waitpid.  The core goes
 * to the child's directory, which is a mount of its own and ends with it.  Where cores go elsewhere, to a
 * program or to an absolute path, nothing is dumped: nothing of ours may come there.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "crash.h"
#include "io.h"
#include "private_mount.h"
#include "procfile.h"
#include "task.h"

#define FAULT "segv_unmapped"
#define MIB (1024UL * 1024)
#define SIZES 4

/* Of each size first without, then with a core: the timings in the order of the catalog. */
static const size_t sizes[SIZES] = { 0, 1 * MIB, 16 * MIB, 64 * MIB };
static const char *const size_facts[SIZES] = {
	"core_bytes", "core_bytes_1MiB", "core_bytes_16MiB", "core_bytes_64MiB",
};

struct dump {
	struct pw_crash crash;
	size_t size;
	int with;
	rlim_t limit;
	int64_t falls;
	int64_t dumped[2];
	int64_t bytes;                  /* of the core */
};

static int check_pattern(struct pw_probe *probe)
{
	char text[PW_NAME_MAX * 4];
	int err = pw_io_read_file("/proc/sys/kernel/core_pattern", text, sizeof(text));

	if (err)
		return err;
	if (text[0] != '\n' && text[0] != '\0' && text[0] != '|' && text[0] != '@' && !strchr(text, '/'))
		return 0;
	return pw_probe_refuse(probe, -EOPNOTSUPP,
			       "cores go to a program or a directory of this machine's, where nothing of ours is to be: "
			       "it takes a kernel.core_pattern that is a plain file name");
}

static int set_limit(rlim_t soft, rlim_t hard)
{
	const struct rlimit limit = { soft, hard };
	struct rlimit found;

	if (setrlimit(RLIMIT_CORE, &limit) < 0 || getrlimit(RLIMIT_CORE, &found) < 0)
		return -errno;
	return found.rlim_cur == soft ? 0 : -EPROTO;
}

static int hold(size_t size)
{
	volatile unsigned char *memory;

	if (!size)
		return 0;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	/* No page may be the zero page, of which a core holds nothing. */
	for (size_t at = 0; at < size; at += 4096)
		memory[at] = 1;
	return 0;
}

_Noreturn static void victim_body(struct dump *dump, pid_t parent)
{
	struct pw_crash *crash = &dump->crash;
	struct pw_faller *faller = crash->faller;
	int err = pw_private_mount_enter(crash->probe->trial->directory);

	pw_task_reset_signals();
	/* The new user namespace has taken the first two back. */
	if (!err)
		err = pw_task_bind_to_parent(parent);
	if (!err && prctl(PR_SET_DUMPABLE, 1) < 0)
		err = -errno;
	if (!err)
		err = set_limit(dump->with ? dump->limit : 0, dump->limit);
	if (!err)
		err = hold(dump->size);
	if (err)
		pw_victim_fail(&faller->victim, err);
	pw_faller_fall(faller, crash->fault, NULL);
}

/* The one file that is there. */
static int64_t size_of_core(int directory)
{
	int64_t found = -ENOENT;
	struct dirent *entry;
	struct stat file;
	DIR *entries = directory < 0 ? NULL : fdopendir(dup(directory));

	while (entries && (entry = readdir(entries)))
		if (fstatat(directory, entry->d_name, &file, 0) == 0 && S_ISREG(file.st_mode))
			found = file.st_size;
	if (entries)
		closedir(entries);
	return found;
}

static int open_directory_of(pid_t pid)
{
	char path[PW_PROCFILE_PATH];
	int fd;

	pw_procfile_path(path, pid, "cwd");
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int watch(struct dump *dump, struct pw_pass *pass, pid_t pid)
{
	struct pw_notice notice = { .kind = PW_NOTICE_WAITPID, .fd = -1, .heir = -1 };
	int directory = -1;
	int reaped;
	int err = pw_crash_await(&dump->crash, pid);

	if (!err) {
		directory = open_directory_of(pid);
		err = directory < 0 ? directory : pw_faller_release(dump->crash.faller);
	}
	if (!err)
		err = pw_notice_wait(&notice, pid, dump->crash.probe->trial->clock, &pass->end);
	else
		kill(pid, SIGKILL);
	reaped = pw_crash_reap(pass, pid);
	dump->bytes = size_of_core(directory);
	pw_io_close(&directory);
	return err ? err : reaped;
}

static int fall(struct dump *dump, uint32_t timing)
{
	struct pw_crash *crash = &dump->crash;
	struct pw_pass pass = { .notice = PW_NOTICE_WAITPID };
	pid_t parent = getpid();
	uint64_t stamp;
	pid_t pid;
	int err;

	pw_faller_forget(crash->faller);
	crash->faller->clock = crash->probe->trial->clock;
	pid = fork();
	if (pid == 0)
		victim_body(dump, parent);
	if (pid < 0)
		return -errno;
	err = watch(dump, &pass, pid);
	if (!err)
		err = pw_crash_count(crash, &pass);
	if (err)
		return err;
	dump->dumped[dump->with] += WCOREDUMP(pass.status) != 0;
	stamp = crash->faller->victim.stamp;
	return pw_probe_sample(crash->probe, timing, pass.end > stamp ? pass.end - stamp : 0);
}

static int fall_with_and_without(struct dump *dump)
{
	struct pw_probe *probe = dump->crash.probe;
	int err = 0;

	for (uint32_t i = 0; !err && i < SIZES; i++) {
		dump->size = sizes[i];
		dump->falls++;
		dump->with = 0;
		err = fall(dump, 2 * i);
		if (err)
			break;
		dump->with = 1;
		err = fall(dump, 2 * i + 1);
		if (!err)
			err = pw_probe_fact(probe, size_facts[i], dump->bytes);
	}
	if (err)
		return err;
	return pw_probe_facts(probe, (const struct pw_found[]){
		{ "falls", dump->falls },
		{ "dumped_without_core", dump->dumped[0] },
		{ "dumped_with_core", dump->dumped[1] },
		{ "did_not_crash", dump->crash.tally.unhurt },
		{ "other_endings", dump->crash.tally.other },
		{ "holds_core", dump->bytes >= (int64_t)sizes[SIZES - 1] },
		{ NULL, 0 },
	});
}

static int probe_dumps(struct pw_probe *probe)
{
	struct dump dump = { .crash = { .probe = probe, .fault = pw_fault_find(FAULT), .faller_fd = -1 } };
	struct rlimit limit;
	int err = check_pattern(probe);

	if (!err && !pw_host_find(probe))
		err = -EINVAL;
	if (!err && getrlimit(RLIMIT_CORE, &limit) < 0)
		err = -errno;
	if (err)
		return err;
	if (limit.rlim_max <= sizes[SIZES - 1])
		return pw_probe_refuse(probe, -EPERM, "the hard limit of cores (ulimit -H -c) is too low for one of 64 MiB");
	dump.limit = limit.rlim_max;
	err = pw_faller_open(&dump.crash.faller, &dump.crash.faller_fd);
	if (!err)
		err = pw_clock_anchor(probe->trial->clock, &probe->result->begin);
	if (!err)
		err = fall_with_and_without(&dump);
	if (!err)
		err = pw_clock_anchor(probe->trial->clock, &probe->result->end);
	if (err && dump.crash.faller && err == dump.crash.faller->victim.error)
		pw_probe_refuse(probe, err, "no mount of its own for the core: it takes root, or user namespaces");
	pw_faller_close(dump.crash.faller, &dump.crash.faller_fd);
	return err;
}

const struct pw_wall pw_wall_crash_core_dump = { .name = "crash.core_dump", .probe = probe_dumps };
