/*
 * exhaust.fork_bomb, exhaust.processes: a process that makes others without end runs into
 * a limit, of its cgroup or of its user, and nobody else is refused.
 *
 * Once the kernel has refused, and all that were made still stand, we make a process
 * ourselves and the bystander answers.  Control: the same bomb without the limit makes every process
 * that it tries to make.  The bomb counts its forks, and tries no more than it may.
 */
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bomb.h"
#include "casualty.h"
#include "cgroup.h"
#include "strain.h"

/* Of the cgroup: enough for the machinery of a bomb that is small. */
#define TASKS 16
#define BYTES (16ULL * 1024 * 1024)
/* Of the user. */
#define PROCESSES 8
/* Above all that is handed out to people and containers. */
#define FRESH_USER 0x40000000

struct limit {
	int (*confine)(void *argument);
	void *argument;
	int64_t tasks;
};

static int enter_cgroup(void *argument)
{
	const struct pw_cgroup *cgroup = argument;
	int err = pw_cgroup_enter(cgroup);

	if (err)
		return err;
	return pw_cgroup_holds_self(cgroup) ? 0 : -EPROTO;
}

/* Root is refused nothing, so it becomes somebody else, whom nothing else belongs to. */
static int limit_user(void *argument)
{
	const struct rlimit wanted = { PROCESSES, PROCESSES };
	struct rlimit found;
	const uid_t user = FRESH_USER + (uid_t)getpid();

	(void)argument;
	if (geteuid() == 0 && setresuid(user, user, user) < 0)
		return errno == EINVAL ? -EOPNOTSUPP : -errno;
	if (setrlimit(RLIMIT_NPROC, &wanted) < 0 || getrlimit(RLIMIT_NPROC, &found) < 0)
		return -errno;
	return found.rlim_cur == PROCESSES ? 0 : -EPROTO;
}

static int explode(struct pw_strain *strain)
{
	const struct limit *limit = strain->argument;
	struct pw_bomb bomb;
	int ended;
	int err = pw_bomb_open(&bomb);

	if (!err)
		err = pw_bomb_start(&bomb, limit->confine, limit->argument);
	if (!err)
		err = pw_probe_facts(strain->probe, (const struct pw_found[]){
			{ "limit", limit->tasks },
			{ "made", atomic_load(&bomb.tally->members) },
			{ "within_limit", atomic_load(&bomb.tally->members) < limit->tasks },
			{ "refused", atomic_load(&bomb.tally->refused) > 0 },
			{ "refused_errno", atomic_load(&bomb.tally->refusal) },
			{ NULL, 0 },
		});
	if (!err)
		err = pw_strain_report(strain);
	ended = pw_bomb_end(&bomb);
	pw_bomb_close(&bomb);
	return err ? err : ended;
}

static int control(struct pw_probe *probe)
{
	struct pw_bomb bomb;
	int ended;
	int err = pw_bomb_open(&bomb);

	if (!err)
		err = pw_bomb_start(&bomb, NULL, NULL);
	if (!err)
		err = pw_probe_facts(probe, (const struct pw_found[]){
			{ "control_tried", PW_BOMB_MOST },
			{ "control_made", atomic_load(&bomb.tally->members) },
			{ "control_refused", atomic_load(&bomb.tally->refused) },
			{ NULL, 0 },
		});
	ended = pw_bomb_end(&bomb);
	pw_bomb_close(&bomb);
	return err ? err : ended;
}

static int bomb_in_cgroup(struct pw_probe *probe, struct pw_cgroup *cgroup)
{
	const struct limit limit = { enter_cgroup, cgroup, TASKS };
	int err = pw_strain_run(probe, explode, (void *)(uintptr_t)&limit);

	/* They have all gone. */
	return err ? err : pw_probe_fact(probe, "tasks_after",
					 pw_cgroup_number(cgroup, cgroup->count - 1, "pids.current"));
}

static int probe_fork_bomb(struct pw_probe *probe)
{
	int err = pw_strain_in_cgroup(probe, BYTES, TASKS, bomb_in_cgroup);

	return err ? err : control(probe);
}

static int probe_processes(struct pw_probe *probe)
{
	const struct limit limit = { limit_user, NULL, PROCESSES };
	int err = pw_casualty_host(probe);

	if (err)
		return err;
	err = pw_strain_run(probe, explode, (void *)(uintptr_t)&limit);
	if (err == -EPERM || err == -EOPNOTSUPP)
		return pw_probe_refuse(probe, err, "root is exempt from the limit of its processes, and may not become "
				       "another user here: it takes CAP_SETUID, and that all users are mapped");
	return err ? err : control(probe);
}

const struct pw_wall pw_wall_exhaust_fork_bomb = {
	.name = "exhaust.fork_bomb",
	.probe = probe_fork_bomb,
};

const struct pw_wall pw_wall_exhaust_processes = {
	.name = "exhaust.processes",
	.probe = probe_processes,
};
