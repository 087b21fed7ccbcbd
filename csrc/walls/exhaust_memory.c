/*
 * exhaust.oom: who takes more memory than its cgroup may hold is killed, and nobody else.
 *
 * The victim enters a cgroup and takes twice as much as that may hold: SIGKILL, and the
 * cgroup counts it.  Control: the same routine outside of it is given the same bytes.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "decimal.h"
#include "io.h"
#include "procfile.h"
#include "strain.h"

#define BYTES (16ULL * 1024 * 1024)
#define TASKS 4
#define WANTED (2 * BYTES)
#define CHUNK (64ULL * 1024)

/* Lies in memory that all share. */
struct taking {
	const struct pw_cgroup *cgroup; /* NULL: outside */
	int error;
	uint64_t taken;
	uint64_t confined;
};

static int take_memory(void *argument)
{
	struct taking *taking = argument;
	char *memory;

	if (taking->cgroup) {
		int err = pw_cgroup_enter(taking->cgroup);

		if (err)
			return err;
		taking->confined = (uint64_t)pw_cgroup_holds_self(taking->cgroup);
		if (!taking->confined)
			return -EPROTO;
	}
	memory = mmap(NULL, WANTED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	for (taking->taken = 0; taking->taken < WANTED; taking->taken += CHUNK) {
		/* Where that is allowed it may not be swapped out either. */
		mlock(memory + taking->taken, CHUNK);
		memset(memory + taking->taken, 1, CHUNK);
	}
	return 0;
}

/* How many the kernel has killed there, or negative errno. */
static int64_t count_kills(const struct pw_cgroup *cgroup)
{
	static const char label[] = "oom_kill ";
	char path[PW_PATH_MAX];
	char text[512];
	int err = pw_cgroup_path(path, cgroup->path[PW_CGROUP_MEMORY],
				 cgroup->version == 1 ? "memory.oom_control" : "memory.events");

	if (!err)
		err = pw_io_read_file(path, text, sizeof(text));
	if (err)
		return err;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, label, sizeof(label) - 1) == 0)
			return (int64_t)pw_decimal_read(line + sizeof(label) - 1);
	}
	return -EOPNOTSUPP;
}

static int exhaust(struct pw_strain *strain)
{
	struct taking *taking = strain->argument;
	int64_t before = count_kills(taking->cgroup);
	int status = 0;
	int err;

	if (before < 0)
		return pw_probe_refuse(strain->probe, (int)before, "the cgroup does not count whom it killed: "
				       "it takes Linux 4.13");
	err = pw_strain_child(take_memory, taking, &taking->error, &status);
	if (!err && taking->error)
		err = taking->error;
	if (!err && !WIFSIGNALED(status) && pw_procfile_number("/proc/meminfo", "SwapTotal") > 0)
		err = pw_probe_refuse(strain->probe, -EOPNOTSUPP, "swap takes what the cgroup may not hold: it takes "
				      "CAP_IPC_LOCK, or no swap");
	if (!err)
		err = pw_probe_facts(strain->probe, (const struct pw_found[]){
			{ "limit", BYTES },
			{ "confined", (int64_t)taking->confined },
			{ "wanted", WANTED },
			{ "taken", (int64_t)taking->taken },
			{ "within_limit", taking->taken <= BYTES },
			{ "signal", WIFSIGNALED(status) ? WTERMSIG(status) : 0 },
			{ "kills_counted", count_kills(taking->cgroup) - before },
			{ NULL, 0 },
		});
	return err ? err : pw_strain_report(strain);
}

static int control(struct pw_probe *probe, struct taking *taking)
{
	int status = 0;
	int err;

	taking->cgroup = NULL;
	err = pw_strain_child(take_memory, taking, &taking->error, &status);
	if (!err && taking->error)
		err = taking->error;
	return err ? err : pw_probe_facts(probe, (const struct pw_found[]){
		{ "control_taken", (int64_t)taking->taken },
		{ "control_unhurt", status == 0 },
		{ NULL, 0 },
	});
}

static int probe_in_cgroup(struct pw_probe *probe, struct pw_cgroup *cgroup)
{
	struct taking *taking = mmap(NULL, sizeof(*taking), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int err;

	if (taking == MAP_FAILED)
		return -errno;
	taking->cgroup = cgroup;
	err = pw_strain_run(probe, exhaust, taking);
	if (!err)
		err = control(probe, taking);
	munmap(taking, sizeof(*taking));
	return err;
}

static int probe_oom(struct pw_probe *probe)
{
	return pw_strain_in_cgroup(probe, BYTES, TASKS, probe_in_cgroup);
}

const struct pw_wall pw_wall_exhaust_oom = {
	.name = "exhaust.oom",
	.probe = probe_oom,
};
