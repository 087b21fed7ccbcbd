/*
 * crash.*: a crash ends the process it happens in, and no other.
 *
 * Host process: a fork child falls.  First once with a handler that notes the
 * cause, after spoiling its copy of our memory; then once for each sample, from
 * the instruction before the fault to the return of waitpid.  Afterwards we look
 * at ourselves, at a sibling and at our descriptors.  Control: the same fault in
 * a thread takes the process of that thread along, and the same check sees it.
 *
 * Host thread: a thread of a sacrificial process falls, once for each sample.
 * Control: the same process, whose thread stops short of the fault, lives.
 */
#include <errno.h>
#include <signal.h>

#include "clock.h"
#include "crash.h"
#include "scene.h"
#include "wall.h"

enum host { HOST_PROCESS, HOST_THREAD };

static const char *const hosts[] = { [HOST_PROCESS] = "process", [HOST_THREAD] = "thread", NULL };

static int is_enough(const struct pw_crash *crash, uint64_t done, uint64_t begin)
{
	return (done && crash->fault->slow) || pw_crash_is_enough(crash, done, begin);
}

/* What the threads beside the one that fell had of it, over all attempts. */
struct hosts_seen {
	int64_t died;
	int64_t answered;
	int64_t denied;
};

static int fall_in_threads(struct pw_crash *crash, struct hosts_seen *seen)
{
	uint64_t begin = pw_clock_raw_ns();
	struct pw_host_pass pass;
	int err = 0;

	*seen = (struct hosts_seen){ 0 };
	/* At least once: a trial without samples still wants the facts. */
	for (uint64_t i = 0; !err && (i == 0 || !is_enough(crash, i, begin)); i++) {
		err = pw_crash_in_thread(crash, PW_INMATE_FALLS, &pass);
		if (!err)
			err = pass.alive ? pw_crash_count_alone(crash, &crash->tally) :
					   pw_crash_count(crash, &crash->tally, pass.status);
		if (!err && crash->probe->trial->samples && !pass.alive)
			err = pw_crash_sample(crash, pass.status, pass.end);
		if (i == 0)
			crash->first_status = pass.status;
		seen->died += !pass.alive;
		seen->answered += pass.answered;
		seen->denied += pass.denied;
	}
	return err;
}

static int report_tally(struct pw_crash *crash)
{
	const struct { const char *name; int64_t value; } facts[] = {
		{ "expected_signal", pw_victim_signal_due(crash->fault) },
		{ "expected_exit_status", pw_victim_status_due(crash->fault) },
		{ "attempts", crash->tally.attempts },
		{ "crashes", crash->tally.crashes },
		{ "did_not_crash", crash->tally.unhurt },
		{ "other_endings", crash->tally.other },
		{ "parent_survived", 1 },       /* who else would report */
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(crash->probe, facts[i].name, facts[i].value);
	return err;
}

/* Of the victim that was looked at closely. */
static int report_cause(struct pw_crash *crash)
{
	const struct pw_victim *victim = crash->victim;
	const struct { const char *name; int64_t value; } facts[] = {
		{ "signal", pw_crash_signal(crash->first_status) },
		{ "exit_status", pw_crash_exit_status(crash->first_status) },
		{ "recorded", victim->signal != 0 },
		{ "code", victim->code },
		{ "code_expected", pw_victim_code_expected(victim, crash->fault) },
		{ "address_expected", pw_victim_address_expected(victim, crash->fault) },
		{ "refused", victim->refused },
		{ "subdued", victim->subdued },
		{ "victim_changed", (int64_t)victim->scribbled },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(crash->probe, facts[i].name, facts[i].value);
	return err;
}

static int fall_in_processes(struct pw_crash *crash, struct pw_scene *scene)
{
	uint64_t begin = pw_clock_raw_ns();
	uint64_t end;
	int status;
	int err = pw_crash_in_process(crash, &scene->canary, &crash->first_status, &end);

	if (!err)
		err = pw_crash_count(crash, &crash->tally, crash->first_status);
	if (!err)
		err = report_cause(crash);
	for (uint64_t i = 0; !err && !crash->fault->slow && !pw_crash_is_enough(crash, i, begin); i++) {
		err = pw_crash_in_process(crash, NULL, &status, &end);
		if (!err)
			err = pw_crash_count(crash, &crash->tally, status);
		if (!err)
			err = pw_crash_sample(crash, status, end);
	}
	return err;
}

/* What the fault does to the process whose thread commits it, seen by the same checks. */
static int control_by_thread(const struct pw_crash *crash)
{
	struct pw_crash control = *crash;
	struct pw_host_pass pass;
	int err;

	if (crash->fault->control)
		control.fault = pw_fault_find(crash->fault->control);
	if (!control.fault)
		return -ENOENT;
	err = pw_crash_in_thread(&control, PW_INMATE_FALLS, &pass);
	if (err)
		return err;
	if (control.fault->effect == PW_EFFECT_REFUSAL)
		return pw_probe_fact(crash->probe, "control_denied", pass.denied);
	return pw_probe_fact(crash->probe, "control_died", !pass.answered && !pass.alive &&
			     pw_victim_ending(control.fault, pass.status) == PW_ENDING_CRASHED);
}

static int probe_process(struct pw_crash *crash)
{
	struct pw_probe *probe = crash->probe;
	struct pw_scene scene;
	int err = pw_scene_open(&scene, probe->trial);

	if (!err)
		err = fall_in_processes(crash, &scene);
	if (!err)
		err = pw_scene_report(&scene, probe);
	if (!err)
		err = pw_probe_fact(probe, "parent_denied", pw_fault_denies(crash->fault));
	if (!err)
		err = report_tally(crash);
	if (!err)
		err = control_by_thread(crash);
	pw_scene_close(&scene);
	return err;
}

static int report_hosts(struct pw_crash *crash, const struct hosts_seen *seen)
{
	int64_t attempts = crash->tally.attempts;
	const struct { const char *name; int64_t value; } facts[] = {
		{ "host_died", seen->died > 0 },
		{ "host_signal", pw_crash_signal(crash->first_status) },
		{ "host_exit_status", pw_crash_exit_status(crash->first_status) },
		{ "sibling_thread_alive", seen->answered == attempts },
		{ "sibling_thread_denied", seen->denied > 0 },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(crash->probe, facts[i].name, facts[i].value);
	return err;
}

static int probe_thread(struct pw_crash *crash)
{
	struct pw_probe *probe = crash->probe;
	struct pw_host_pass control;
	struct hosts_seen seen;
	int err = fall_in_threads(crash, &seen);

	if (!err)
		err = report_hosts(crash, &seen);
	if (!err)
		err = report_tally(crash);
	if (!err)
		err = pw_crash_in_thread(crash, PW_INMATE_STOPS, &control);
	if (!err)
		err = pw_probe_fact(probe, "control_alive", control.answered && control.alive && !control.denied);
	return err;
}

/* The probe failed: in words, where the fault is what the machine lacks. */
static int refuse(const struct pw_crash *crash, int err)
{
	int lacks = !pw_fault_exists(crash->fault) || err == crash->victim->error;

	return lacks && crash->fault->needs ? pw_probe_refuse(crash->probe, err, crash->fault->needs) : err;
}

static int probe_crash(struct pw_probe *probe, const char *fault_name)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct pw_crash crash = { .probe = probe, .fault = pw_fault_find(fault_name) };
	struct sigaction before;
	int host;
	int err;

	if (!crash.fault)
		return -ENOENT;
	if (!pw_fault_exists(crash.fault))
		return refuse(&crash, -EOPNOTSUPP);
	host = pw_probe_host(probe, hosts);
	if (host < 0)
		return host;
	/* To ask one who is dead must give an error, and not end us too. */
	if (sigaction(SIGPIPE, &ignore, &before) < 0)
		return -errno;
	crash.victim = pw_victim_open();
	err = crash.victim ? pw_clock_anchor(probe->trial->clock, &probe->result->begin) : -errno;
	if (!err)
		err = host == HOST_PROCESS ? probe_process(&crash) : probe_thread(&crash);
	if (!err)
		err = pw_clock_anchor(probe->trial->clock, &probe->result->end);
	if (err && crash.victim)
		err = refuse(&crash, err);
	pw_victim_close(crash.victim);
	sigaction(SIGPIPE, &before, NULL);
	return err;
}

#define CRASH_WALL(fault)                                               \
	static int probe_##fault(struct pw_probe *probe)                \
	{                                                               \
		return probe_crash(probe, #fault);                      \
	}                                                               \
	const struct pw_wall pw_wall_crash_##fault = {                  \
		.name = "crash." #fault,                                \
		.probe = probe_##fault,                                 \
	}

CRASH_WALL(segv_unmapped);
CRASH_WALL(segv_readonly);
CRASH_WALL(segv_kernel);
CRASH_WALL(bus);
CRASH_WALL(ill);
CRASH_WALL(fpe);
CRASH_WALL(abort);
