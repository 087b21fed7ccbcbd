/*
 * exhaust.descriptors, exhaust.file_size: the limit of one process refuses it, or ends it,
 * and nobody else.
 *
 * One opens descriptors until it gets EMFILE, and holds them while we look at the others; then
 * it crashes with them.  The other one writes past the limit of a file's size and is killed by SIGXFSZ,
 * or gets EFBIG where it ignores that.  Controls: without the limit the same routines get all.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "casualty.h"
#include "io.h"
#include "strain.h"

#define DESCRIPTORS 64
#define ATTEMPTS 128
#define BLOCK 4096
#define BLOCKS 2

/* Lies in memory that all share. */
struct attempt {
	int limited;
	int ignoring;
	int file;
	int error;
	int64_t done;                   /* descriptors, or bytes */
	int64_t refusal;                /* errno, as a positive number */
};

/* As the kernel has it; libc's type of the first argument is not the same in all of them. */
struct limit {
	uint64_t current;
	uint64_t most;
};

/* And read back: a limit that is not in force proves nothing. */
static int set_limit(int resource, uint64_t value)
{
	struct limit limit;

	if (syscall(SYS_prlimit64, 0, resource, NULL, &limit) < 0)
		return -errno;
	limit.current = value;
	if (syscall(SYS_prlimit64, 0, resource, &limit, NULL) < 0 ||
	    syscall(SYS_prlimit64, 0, resource, NULL, &limit) < 0)
		return -errno;
	return limit.current == value ? 0 : -EPROTO;
}

static int open_many(void *argument)
{
	struct attempt *attempt = argument;
	int err = attempt->limited ? set_limit(RLIMIT_NOFILE, DESCRIPTORS) : 0;

	attempt->refusal = 0;
	for (attempt->done = 0; !err && attempt->done < ATTEMPTS; attempt->done++)
		if (dup(attempt->file) < 0) {
			attempt->refusal = errno;
			break;
		}
	return err;
}

static int exhaust_descriptors(struct pw_strain *strain)
{
	static const struct pw_deed deed = { open_many, NULL };
	struct attempt *attempt = strain->argument;
	struct pw_casualty casualty;
	int err = pw_casualty_open(&casualty, strain->probe->trial);

	attempt->limited = 1;
	if (!err)
		err = pw_casualty_start(&casualty, &deed, attempt);
	if (!err)
		err = pw_probe_facts(strain->probe, (const struct pw_found[]){
			{ "limit", DESCRIPTORS },
			{ "attempts", ATTEMPTS },
			{ "opened", attempt->done },
			{ "within_limit", attempt->done <= DESCRIPTORS },
			{ "refused_errno", attempt->refusal },
			{ NULL, 0 },
		});
	if (!err)
		err = pw_strain_report(strain);
	if (!err)
		err = pw_casualty_end(&casualty, 0);
	attempt->limited = 0;
	if (!err)
		err = pw_casualty_run(&casualty, &deed, attempt, 0);
	if (!err)
		err = pw_probe_facts(strain->probe, (const struct pw_found[]){
			{ "control_opened", attempt->done },
			{ "crashes", casualty.crashes },
			{ NULL, 0 },
		});
	pw_casualty_close(&casualty);
	return err;
}

static int write_blocks(void *argument)
{
	static const char block[BLOCK];
	struct attempt *attempt = argument;
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	int err = attempt->limited ? set_limit(RLIMIT_FSIZE, BLOCK) : 0;

	if (!err && attempt->ignoring && sigaction(SIGXFSZ, &ignore, NULL) < 0)
		err = -errno;
	attempt->refusal = 0;
	for (int i = 0; !err && i < BLOCKS; i++) {
		ssize_t written = pwrite(attempt->file, block, BLOCK, i * BLOCK);

		if (written < 0) {
			attempt->refusal = errno;
			break;
		}
		attempt->done += written;
	}
	return err;
}

static int64_t size_of(int file)
{
	struct stat found;

	return fstat(file, &found) < 0 ? -errno : found.st_size;
}

/* From an empty file on. */
static int write_by_child(struct attempt *attempt, int limited, int ignoring, int *status)
{
	int err;

	attempt->limited = limited;
	attempt->ignoring = ignoring;
	attempt->done = 0;
	if (ftruncate(attempt->file, 0) < 0)
		return -errno;
	err = pw_strain_child(write_blocks, attempt, &attempt->error, status);
	return err ? err : attempt->error;
}

static int exhaust_file_size(struct pw_strain *strain)
{
	struct attempt *attempt = strain->argument;
	int status = 0;
	int err = write_by_child(attempt, 1, 0, &status);

	if (!err)
		err = pw_probe_facts(strain->probe, (const struct pw_found[]){
			{ "limit", BLOCK },
			{ "wanted", BLOCK * BLOCKS },
			{ "signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0 },
			{ "size", size_of(attempt->file) },
			{ "parent_wrote", pwrite(attempt->file, "", 1, BLOCK * BLOCKS) == 1 },
			{ NULL, 0 },
		});
	if (!err)
		err = pw_strain_report(strain);
	if (!err)
		err = write_by_child(attempt, 1, 1, &status);
	if (!err)
		err = pw_probe_facts(strain->probe, (const struct pw_found[]){
			{ "refused_errno", attempt->refusal },
			{ "refused_status", status },
			{ NULL, 0 },
		});
	if (!err)
		err = write_by_child(attempt, 0, 0, &status);
	return err ? err : pw_probe_facts(strain->probe, (const struct pw_found[]){
		{ "control_size", size_of(attempt->file) },
		{ "control_status", status },
		{ NULL, 0 },
	});
}

static int probe_attempt(struct pw_probe *probe, int (*exhaust)(struct pw_strain *strain))
{
	struct attempt *attempt;
	int err = pw_casualty_host(probe);

	if (err)
		return err;
	attempt = mmap(NULL, sizeof(*attempt), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (attempt == MAP_FAILED)
		return -errno;
	attempt->file = memfd_create("partywall-exhaust", MFD_CLOEXEC);
	err = attempt->file < 0 ? -errno : pw_strain_run(probe, exhaust, attempt);
	pw_io_close(&attempt->file);
	munmap(attempt, sizeof(*attempt));
	return err;
}

static int probe_descriptors(struct pw_probe *probe)
{
	return probe_attempt(probe, exhaust_descriptors);
}

static int probe_file_size(struct pw_probe *probe)
{
	return probe_attempt(probe, exhaust_file_size);
}

const struct pw_wall pw_wall_exhaust_descriptors = {
	.name = "exhaust.descriptors",
	.probe = probe_descriptors,
};

const struct pw_wall pw_wall_exhaust_file_size = {
	.name = "exhaust.file_size",
	.probe = probe_file_size,
};
