/* What all passes have in common, and those in memory of their own. */
#include "crash.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "faults/watch.h"
#include "futex.h"
#include "task.h"

#define PATIENCE_NS 3000000000ULL
/* One that has ended wakes nobody. */
#define NAP_NS 2000000

int pw_crash_run(struct pw_crash *crash, struct pw_pass *pass)
{
	const struct pw_trial *trial = crash->probe->trial;
	struct pw_faller *faller = crash->faller;

	memcpy(faller->fault, crash->fault->name, strlen(crash->fault->name) + 1);
	faller->parent = getpid();
	faller->cpu = trial->peer_cpu;
	faller->clock = trial->clock;
	faller->noted = (uint32_t)pass->noted;
	faller->harmless = (uint32_t)pass->harmless;
	pw_faller_forget(faller);
	return pass->inmate == PW_INMATE_NONE ? pw_crash_own(crash, pass) : pw_crash_shared(crash, pass);
}

static int has_ended(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == pid;
}

int pw_crash_await(const struct pw_crash *crash, pid_t pid)
{
	struct pw_faller *faller = crash->faller;
	uint64_t begin = pw_clock_raw_ns();

	while (!atomic_load(&faller->ready) && !faller->victim.error) {
		if (has_ended(pid))
			return faller->victim.error ? faller->victim.error : -ECHILD;
		if (pw_clock_raw_ns() - begin > PATIENCE_NS)
			return -ETIMEDOUT;
		pw_futex_nap_while(&faller->ready, 0, NAP_NS);
	}
	return faller->victim.error;
}

int pw_crash_reap(struct pw_pass *pass, pid_t pid)
{
	siginfo_t info = { 0 };

	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
		if (errno != EINTR)
			return -errno;
	pass->code = info.si_code;
	pass->ended_by = info.si_status;
	return pw_task_wait(pid, &pass->status);
}

/* Never returns. */
static void victim_body(struct pw_crash *crash)
{
	struct pw_faller *faller = crash->faller;
	int err = pw_faller_enter(faller);

	if (!err && crash->host->confine)
		err = crash->host->confine(crash);
	if (err)
		pw_victim_fail(&faller->victim, err);
	pw_faller_fall(faller, crash->fault, &crash->scene->canary);
}

static pid_t create(struct pw_crash *crash)
{
	pid_t pid;

	if (crash->host->create)
		return crash->host->create(crash, victim_body);
	pid = fork();
	if (pid == 0)
		victim_body(crash);
	return pid < 0 ? -errno : pid;
}

/* From its gate to its end, of which the route tells. */
static int watch(struct pw_crash *crash, struct pw_pass *pass, struct pw_route *route, pid_t pid)
{
	int err = pw_route_attach(route, pid);

	if (!err)
		err = pw_crash_await(crash, pid);
	if (!err && pass->noted && !pass->harmless && crash->host->inspect)
		err = crash->host->inspect(crash, pid);
	if (!err)
		err = pw_faller_release(crash->faller);
	if (!err && !pass->harmless)
		err = pw_watch_subdue(&crash->faller->victim, crash->fault, pid);
	if (!err)
		err = pw_route_wait(route, pid, crash->probe->trial->clock, &pass->end);
	/* It need not have come as far as falling. */
	if (err)
		kill(pid, SIGKILL);
	return err;
}

int pw_crash_own(struct pw_crash *crash, struct pw_pass *pass)
{
	struct pw_route route;
	int reaped;
	pid_t pid;
	int err = pw_route_open(&route, pass->route);

	if (err)
		goto out;
	crash->faller->heir = route.heir;
	pid = create(crash);
	if (pid < 0) {
		err = pid;
		goto out;
	}
	pw_scene_hide(crash->scene);
	err = watch(crash, pass, &route, pid);
	reaped = pw_crash_reap(pass, pid);
	if (!err)
		err = reaped;
out:
	pw_route_close(&route);
	return err;
}

int pw_crash_count(struct pw_crash *crash, const struct pw_pass *pass)
{
	const struct pw_victim *victim = &crash->faller->victim;
	struct pw_tally *tally = &crash->tally;
	enum pw_ending ending;

	/* A thread may fall alone; whoever is a process of its own has a status. */
	if (pass->inmate == PW_INMATE_THREAD && pass->alive)
		ending = pw_victim_ending_alone(victim, crash->fault);
	else
		ending = pw_victim_ending(crash->fault, pass->status);
	tally->attempts++;
	switch (ending) {
	case PW_ENDING_CRASHED:
		tally->crashes++;
		return 0;
	case PW_ENDING_UNHURT:
		tally->unhurt++;
		return 0;
	case PW_ENDING_FAILED:
		return victim->error ? victim->error : -ECHILD;
	default:
		tally->other++;
		return 0;
	}
}

/* Only an end that nobody had to wait for in another way has a time of detection. */
int pw_crash_sample(struct pw_crash *crash, const struct pw_pass *pass)
{
	enum pw_effect effect = crash->fault->effect;
	uint64_t stamp = crash->faller->victim.stamp;

	if (crash->fault->slow || (effect != PW_EFFECT_DEATH && effect != PW_EFFECT_EXIT))
		return 0;
	if (pw_victim_ending(crash->fault, pass->status) != PW_ENDING_CRASHED || !stamp)
		return 0;
	/* Counters of two CPUs may be apart by more than nothing. */
	return pw_probe_sample(crash->probe, pass->route, pass->end > stamp ? pass->end - stamp : 0);
}
