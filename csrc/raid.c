/* Keeper and attacker are both children of the worker: neither descends from the other. */
#include "raid.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "keeper.h"
#include "task.h"

/* What the attacker tells; its memory is shared with the keeper, and nothing else is. */
struct report {
	struct pw_loot loot;
	int32_t failure;
	int32_t uid;
	int32_t capabilities;
	int32_t kill_error;
};

static int settle(const struct pw_raid *raid, struct report *report, pid_t parent)
{
	int err = pw_identity_take(&raid->attacker);

	if (!err)
		err = pw_task_bind_to_parent(parent);
	if (err)
		return err;
	report->uid = (int32_t)geteuid();
	report->capabilities = pw_identity_capabilities();
	return raid->confine ? raid->confine() : 0;
}

/* Never returns. */
static void attack(const struct pw_raid *raid, const struct pw_route *route, const struct pw_aim *aim,
		   struct report *report, pid_t parent)
{
	report->failure = settle(raid, report, parent);
	if (report->failure)
		_exit(1);
	report->kill_error = kill(aim->pid, 0) < 0 ? errno : 0;
	pw_route_try(route, aim, &report->loot);
	_exit(0);
}

static int send_attacker(const struct pw_raid *raid, const struct pw_route *route, const struct pw_keeper *keeper,
			 struct report *report)
{
	pid_t parent = getpid();
	pid_t pid = fork();
	int err;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		attack(raid, route, &keeper->aim, report, parent);
	err = pw_task_wait_exit(pid, 0);
	return report->failure ? report->failure : err;
}

static int raid_with(const struct pw_raid *raid, const struct pw_route *route, struct report *report,
		     struct pw_keeper *keeper, struct pw_spoils *spoils)
{
	const struct pw_keeper_plan plan = {
		.who = raid->keeper, .dumpable = raid->dumpable, .any_tracer = raid->any_tracer, .loot = &report->loot,
	};
	struct pw_keeper_look look = { 0 };
	int err = pw_keeper_open(keeper, &plan);

	if (!err)
		err = send_attacker(raid, route, keeper, report);
	if (!err)
		err = pw_keeper_look(keeper, &look);
	if (!err)
		err = pw_keeper_end(keeper);
	*spoils = (struct pw_spoils){
		.tried = report->loot.tried,
		.error = report->loot.error,
		.second = report->loot.second,
		.seen = (int64_t)(route->descriptor ? look.seen_descriptor : look.seen),
		.changed = (int64_t)look.changed,
		.checksum_before = (int64_t)keeper->checksum,
		.checksum_after = (int64_t)look.checksum,
		.dumpable = keeper->dumpable,
		.keeper_uid = keeper->uid,
		.attacker_uid = report->uid,
		.capabilities = report->capabilities,
		.kill_error = report->kill_error,
	};
	return err;
}

int pw_raid(const struct pw_raid *raid, const struct pw_route *route, struct pw_spoils *spoils)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;
	struct pw_keeper keeper;
	struct report *report;
	int err;

	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED)
		return -errno;
	/* A keeper that is dead must be heard of, not be a signal. */
	sigaction(SIGPIPE, &ignore, &before);
	err = raid_with(raid, route, report, &keeper, spoils);
	pw_keeper_close(&keeper);
	sigaction(SIGPIPE, &before, NULL);
	munmap(report, sizeof(*report));
	return err;
}

int pw_raid_came_through(const struct pw_route *route, const struct pw_spoils *spoils)
{
	return spoils->tried && !spoils->error && spoils->seen == (route->reads ? PW_SECRET_SIZE : 0) &&
	       spoils->changed == (route->writes ? PW_SECRET_SIZE : 0);
}

int pw_raid_refused(const struct pw_spoils *spoils)
{
	return spoils->error == EPERM || spoils->error == EACCES || spoils->error == ENOSYS;
}

int pw_raid_answered(const struct pw_spoils *spoils, int refusal)
{
	/* A /proc that is mounted with hidepid does not even show a process of another user. */
	return !spoils->error || spoils->error == refusal || (refusal == EACCES && spoils->error == ENOENT);
}

int pw_raid_refuse_control(struct pw_probe *probe, const struct pw_spoils *control)
{
	const char *why = "the kernel lacks this call";

	if (control->error != ENOSYS)
		why = pw_route_yama() >= 2
			      ? "Yama (kernel.yama.ptrace_scope 2 or 3) keeps out everybody, so nothing shows what else does"
			      : "a seccomp filter or a security module forbids the call to everybody, so nothing shows "
				"what else does";
	return pw_probe_refuse(probe, -(int)control->error, why);
}
