/* A fork child in a cgroup of its own, which may hold so much memory and no second task. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clone3.h"
#include "crash.h"

#define BYTES (64ULL * 1024 * 1024)
#define TASKS 1

static int open_host(struct pw_crash *crash)
{
	const char *why;
	int err = pw_cgroup_open(&crash->lodging.cgroup, BYTES, TASKS, &why);

	return err ? pw_probe_refuse(crash->probe, err, why) : 0;
}

/* There is no room for another task. */
static int is_full(void)
{
	pid_t pid = pw_clone3(0, -1);

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid == -EAGAIN;
}

static int confine(struct pw_crash *crash)
{
	const struct pw_cgroup *cgroup = &crash->lodging.cgroup;
	int err = pw_cgroup_enter(cgroup);

	if (err)
		return err;
	crash->faller->confined = crash->faller->noted && pw_cgroup_holds_self(cgroup) && is_full();
	return 0;
}

static int inspect(struct pw_crash *crash, pid_t pid)
{
	const struct pw_cgroup *cgroup = &crash->lodging.cgroup;

	(void)pid;
	return pw_probe_facts(crash->probe, (const struct pw_found[]){
		{ "cgroup_version", cgroup->version },
		{ "cgroup_bytes", BYTES },
		{ "cgroup_tasks", pw_cgroup_number(cgroup, cgroup->count - 1, "pids.current") },
		{ NULL, 0 },
	});
}

static int close_host(struct pw_crash *crash)
{
	return pw_cgroup_close(&crash->lodging.cgroup);
}

const struct pw_host pw_host_cgroup = {
	.name = "cgroup", .open = open_host, .confine = confine, .inspect = inspect, .close = close_host,
};
