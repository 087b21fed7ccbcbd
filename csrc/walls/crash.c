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

static int fall_in_processes(struct pw_crash *crash, struct pw_scene *scene)
{
	uint64_t begin = pw_clock_raw_ns();
	struct pw_victim *victim = crash->victim;
	struct pw_probe *probe = crash->probe;
	uint64_t end;
	int status;
	int err = pw_crash_in_process(crash, &scene->canary, &crash->first_status, &end);

	if (!err)
		err = pw_crash_count(crash, &crash->tally, crash->first_status);
	if (!err)
		err = pw_probe_fact(probe, "code", victim->code);
	if (!err)
		err = pw_probe_fact(probe, "code_expected", pw_victim_code_expected(victim, crash->fault));
	if (!err)
		err = pw_probe_fact(probe, "address_expected", pw_victim_address_expected(victim, crash->fault));
	if (!err)
		err = pw_probe_fact(probe, "victim_changed", (int64_t)victim->scribbled);
	for (uint64_t i = 0; !err && !pw_crash_is_enough(crash, i, begin); i++) {
		err = pw_crash_in_process(crash, NULL, &status, &end);
		if (!err)
			err = pw_crash_count(crash, &crash->tally, status);
		if (!err)
			err = pw_crash_sample(crash, status, end);
	}
	return err;
}

static int fall_in_threads(struct pw_crash *crash, int64_t *answered)
{
	uint64_t begin = pw_clock_raw_ns();
	struct pw_host_pass pass;
	int err = 0;

	*answered = 0;
	/* At least once: a trial without samples still wants the facts. */
	for (uint64_t i = 0; !err && (i == 0 || !pw_crash_is_enough(crash, i, begin)); i++) {
		err = pw_crash_in_thread(crash, PW_INMATE_FALLS, &pass);
		if (!err)
			err = pw_crash_count(crash, &crash->tally, pass.status);
		if (!err && crash->probe->trial->samples)
			err = pw_crash_sample(crash, pass.status, pass.end);
		if (i == 0)
			crash->first_status = pass.status;
		*answered += pass.answered;
	}
	return err;
}

static int report_tally(struct pw_crash *crash)
{
	const struct { const char *name; int64_t value; } facts[] = {
		{ "expected_signal", crash->fault->signal },
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

static int probe_process(struct pw_crash *crash)
{
	struct pw_probe *probe = crash->probe;
	struct pw_host_pass control;
	struct pw_scene scene;
	int err = pw_scene_open(&scene, probe->trial);

	if (!err)
		err = fall_in_processes(crash, &scene);
	if (!err)
		err = pw_probe_fact(probe, "signal", pw_crash_signal(crash->first_status));
	if (!err)
		err = pw_scene_report(&scene, probe);
	if (!err)
		err = report_tally(crash);
	if (!err)
		err = pw_crash_in_thread(crash, PW_INMATE_FALLS, &control);
	if (!err)
		err = pw_probe_fact(probe, "control_died", !control.answered && !control.alive &&
				    pw_victim_ending(crash->fault, control.status) == PW_ENDING_CRASHED);
	pw_scene_close(&scene);
	return err;
}

static int probe_thread(struct pw_crash *crash)
{
	struct pw_probe *probe = crash->probe;
	struct pw_host_pass control;
	int64_t answered;
	int err = fall_in_threads(crash, &answered);

	if (!err)
		err = pw_probe_fact(probe, "host_died", crash->tally.crashes == crash->tally.attempts);
	if (!err)
		err = pw_probe_fact(probe, "host_signal", pw_crash_signal(crash->first_status));
	if (!err)
		err = pw_probe_fact(probe, "sibling_thread_alive", answered);
	if (!err)
		err = report_tally(crash);
	if (!err)
		err = pw_crash_in_thread(crash, PW_INMATE_STOPS, &control);
	if (!err)
		err = pw_probe_fact(probe, "control_alive", control.answered && control.alive);
	return err;
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
	if (!crash.fault->commit)
		return -EOPNOTSUPP;
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
