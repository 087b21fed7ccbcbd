/*
 * A probe of a crash.  A crash ends the task it happens in, and nothing else.
 *
 * First a task falls that is looked at closely: it spoils all memory of ours that it can reach,
 * and a handler notes the cause before the signal kills.  Then the same task stops short of the
 * fault.  A thread of a bystander looks at the clock all the time, and both times tell how long
 * it was kept from it.  Then one task falls for each sample, from the instruction before the
 * fault to the return from the wait, by each of the routes in turn.  Afterwards we look at ourselves,
 * at the bystander, at what we share with it and at our descriptors.
 *
 * Controls: the same fault in a thread takes the process of that thread along (or denies it what
 * the thread is denied), and the same checks see it; the task that stops short is seen to be unhurt.
 * Where the task shares memory with its host, also: what a thread writes is seen to have changed.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "clock.h"
#include "crash.h"
#include "crash_probe.h"

/* In the order of the catalog, after the routes. */
enum timing { TIMING_HEARTBEAT = PW_ROUTE_COUNT, TIMING_HEARTBEAT_CONTROL, TIMING_COUNT };

/* Which facts there are, and what they mean: the catalog goes by it. */
#define PROBE_VERSION 2
#define HEARTBEATS (TIMING_COUNT - PW_ROUTE_COUNT)

/* What the processes around the inmates had of it, over all attempts. */
struct seen {
	int64_t died;
	int64_t answered;
	int64_t denied;
	int64_t changed;
};

static void see(struct seen *seen, const struct pw_pass *pass)
{
	seen->died += !pass->alive;
	seen->answered += pass->answered;
	seen->denied += pass->denied;
	seen->changed += pass->changed > 0;
}

static int64_t signal_of(const struct pw_pass *pass)
{
	return WIFSIGNALED(pass->status) ? WTERMSIG(pass->status) : 0;
}

static int64_t exit_status_of(const struct pw_pass *pass)
{
	return WIFEXITED(pass->status) ? WEXITSTATUS(pass->status) : 0;
}

/* One pass while the bystander beats, for `least` ticks at least.  *took is what it took. */
static int run_with_pulse(struct pw_crash *crash, struct pw_pass *pass, enum timing timing, uint64_t least,
			  uint64_t *took)
{
	struct pw_pulse *pulse = &crash->scene->common->pulse;
	uint32_t clock = crash->probe->trial->clock;
	uint64_t begin;
	int ended;
	int err = pw_pulse_begin(pulse);

	if (err)
		return err;
	begin = pw_clock_begin(clock);
	err = pw_crash_run(crash, pass);
	do
		*took = pw_clock_begin(clock) - begin;
	while (*took < least);
	ended = pw_pulse_end(pulse);
	if (!err)
		err = ended;
	return err ? err : pw_probe_sample(crash->probe, timing, pulse->longest);
}

static int run_closely(struct pw_crash *crash, struct pw_pass *pass, enum timing timing, uint64_t least,
		       uint64_t *took)
{
	/* A CPU is not to be kept busy for as long as a slow one takes. */
	if (crash->fault->slow || crash->probe->trial->samples < HEARTBEATS)
		return pw_crash_run(crash, pass);
	return run_with_pulse(crash, pass, timing, least, took);
}

/* Of the victim that was looked at closely. */
static int report_cause(struct pw_crash *crash, const struct pw_pass *pass)
{
	const struct pw_victim *victim = &crash->faller->victim;

	return pw_probe_facts(crash->probe, (const struct pw_found[]){
		{ "signal", signal_of(pass) },
		{ "exit_status", exit_status_of(pass) },
		{ "wait_status", pass->status },
		{ "wait_code", pass->code },
		{ "recorded", victim->signal != 0 },
		{ "code", victim->code },
		{ "code_expected", pw_victim_code_expected(victim, crash->fault) },
		{ "address_expected", pw_victim_address_expected(victim, crash->fault) },
		{ "refused", victim->refused },
		{ "subdued", victim->subdued },
		{ "victim_changed", (int64_t)victim->scribbled },
		{ "confined", crash->faller->confined },
		{ NULL, 0 },
	});
}

static int report_tally(struct pw_crash *crash)
{
	return pw_probe_facts(crash->probe, (const struct pw_found[]){
		{ "version", PROBE_VERSION },
		{ "expected_signal", pw_victim_signal_due(crash->fault) },
		{ "expected_exit_status", pw_victim_status_due(crash->fault) },
		{ "attempts", crash->tally.attempts },
		{ "crashes", crash->tally.crashes },
		{ "did_not_crash", crash->tally.unhurt },
		{ "other_endings", crash->tally.other },
		{ "parent_survived", 1 },       /* who else would report */
		{ "parent_denied", pw_fault_denies(crash->fault) },
		{ NULL, 0 },
	});
}

static int fall_closely(struct pw_crash *crash, struct seen *seen)
{
	enum pw_inmate_kind inmate = crash->host->inmate;
	struct pw_pass pass = {
		/* Of a thread we look at what becomes of its process, not at what it can write to. */
		.inmate = inmate, .noted = 1, .spoil = inmate != PW_INMATE_THREAD, .route = PW_ROUTE_PIDFD,
	};
	struct pw_pass control = pass;
	uint64_t took = 0;
	int err = run_closely(crash, &pass, TIMING_HEARTBEAT, 0, &took);

	if (!err)
		err = pw_crash_count(crash, &pass);
	if (err)
		return err;
	see(seen, &pass);
	pw_scene_look_for_eof(crash->scene);
	err = report_cause(crash, &pass);
	if (!err && (inmate == PW_INMATE_CLONE_VM || inmate == PW_INMATE_VFORK))
		err = pw_probe_fact(crash->probe, "host_answered_meanwhile", pass.answered_meanwhile);
	if (err)
		return err;
	control.harmless = 1;
	err = run_closely(crash, &control, TIMING_HEARTBEAT_CONTROL, took, &took);
	if (err)
		return err;
	if (inmate == PW_INMATE_THREAD)
		return pw_probe_fact(crash->probe, "control_alive",
				     control.answered && control.alive && !control.denied);
	return pw_probe_fact(crash->probe, "control_unhurt",
			     pw_victim_ending(crash->fault, control.status) == PW_ENDING_UNHURT);
}

static int fall_again(struct pw_crash *crash, struct seen *seen)
{
	const struct pw_trial *trial = crash->probe->trial;
	uint64_t wanted = trial->samples > HEARTBEATS ? trial->samples - HEARTBEATS : 0;
	enum pw_inmate_kind inmate = crash->host->inmate;
	/* Of those that their own host waits for. */
	int one_route = inmate == PW_INMATE_CLONE_VM || inmate == PW_INMATE_VFORK;
	uint64_t begin = pw_clock_raw_ns();
	int err = 0;

	for (uint64_t i = 0; !err && !crash->fault->slow && i < wanted; i++) {
		struct pw_pass pass = {
			.inmate = inmate,
			.route = one_route ? PW_ROUTE_WAITPID : (enum pw_route_kind)(i % PW_ROUTE_COUNT),
		};

		if (trial->budget_ns && pw_clock_raw_ns() - begin >= trial->budget_ns)
			break;
		err = pw_crash_run(crash, &pass);
		if (!err)
			err = pw_crash_count(crash, &pass);
		if (!err)
			err = pw_crash_sample(crash, &pass);
		see(seen, &pass);
	}
	return err;
}

/* What the fault does to the process whose thread commits it, seen by the same checks. */
static int control_by_thread(const struct pw_crash *crash)
{
	struct pw_crash control = *crash;
	struct pw_pass pass = { .inmate = PW_INMATE_THREAD };
	int err;

	if (crash->fault->control)
		control.fault = pw_fault_find(crash->fault->control);
	if (!control.fault)
		return -ENOENT;
	err = pw_crash_run(&control, &pass);
	if (err)
		return err;
	if (control.fault->effect == PW_EFFECT_REFUSAL)
		return pw_probe_fact(crash->probe, "control_denied", pass.denied);
	return pw_probe_fact(crash->probe, "control_died", !pass.answered && !pass.alive &&
			     pw_victim_ending(control.fault, pass.status) == PW_ENDING_CRASHED);
}

/* What a thread writes, and nobody falls: the check of the memory must see it. */
static int control_by_writer(struct pw_crash *crash)
{
	struct pw_pass pass = { .inmate = PW_INMATE_THREAD, .noted = 1, .spoil = 1, .harmless = 1 };
	int err = pw_crash_run(crash, &pass);

	if (!err)
		err = pw_probe_fact(crash->probe, "control_changed", pass.changed);
	return err ? err : pw_probe_fact(crash->probe, "control_changed_expected", PW_SURVIVOR_CANARY);
}

static int report_hosts(struct pw_crash *crash, const struct seen *seen)
{
	return pw_probe_facts(crash->probe, (const struct pw_found[]){
		{ "host_died", seen->died > 0 },
		{ "host_changed", seen->changed > 0 },
		{ "sibling_thread_alive", seen->answered == crash->tally.attempts },
		{ "sibling_thread_denied", seen->denied > 0 },
		{ NULL, 0 },
	});
}

static int probe_in_scene(struct pw_crash *crash)
{
	struct seen seen = { 0 };
	enum pw_inmate_kind inmate = crash->host->inmate;
	int err = fall_closely(crash, &seen);

	if (!err)
		err = fall_again(crash, &seen);
	if (!err)
		err = report_tally(crash);
	if (!err && inmate != PW_INMATE_NONE)
		err = report_hosts(crash, &seen);
	if (!err && inmate != PW_INMATE_THREAD)
		err = control_by_thread(crash);
	if (!err && (inmate == PW_INMATE_CLONE_VM || inmate == PW_INMATE_VFORK))
		err = control_by_writer(crash);
	/* The last of it: it takes the bystander away. */
	return err ? err : pw_scene_report(crash->scene, crash->probe);
}

/* The host first: what stays for as long as it does must not inherit what the scene opens. */
static int probe_in_host(struct pw_crash *crash)
{
	const struct pw_host *host = crash->host;
	struct pw_scene scene;
	int closed = 0;
	int err = host->open ? host->open(crash) : 0;

	if (!err) {
		crash->scene = &scene;
		err = pw_scene_open(&scene, crash->probe->trial);
		if (!err)
			err = probe_in_scene(crash);
		pw_scene_close(&scene);
	}
	if (host->close)
		closed = host->close(crash);
	return err ? err : closed;
}

/* The probe failed: in words, where the fault is what the machine lacks. */
static int refuse(const struct pw_crash *crash, int err)
{
	int lacks = !pw_fault_exists(crash->fault) || (crash->faller && err == crash->faller->victim.error);

	return lacks && crash->fault->needs ? pw_probe_refuse(crash->probe, err, crash->fault->needs) : err;
}

/* To ask one who is dead must give an error, and not end us too; and SIGCHLD is read, not taken. */
static int set_signals(struct sigaction *pipe_before, sigset_t *mask_before)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	if (sigaction(SIGPIPE, &ignore, pipe_before) < 0 || sigprocmask(SIG_BLOCK, &set, mask_before) < 0)
		return -errno;
	return 0;
}

static int probe_with_signals(struct pw_crash *crash)
{
	struct pw_probe *probe = crash->probe;
	struct sigaction pipe_before;
	sigset_t mask_before;
	int err = set_signals(&pipe_before, &mask_before);

	if (err)
		return err;
	err = pw_faller_open(&crash->faller, &crash->faller_fd);
	if (!err)
		err = pw_clock_anchor(probe->trial->clock, &probe->result->begin);
	if (!err)
		err = probe_in_host(crash);
	if (!err)
		err = pw_clock_anchor(probe->trial->clock, &probe->result->end);
	if (err)
		err = refuse(crash, err);
	pw_faller_close(crash->faller, &crash->faller_fd);
	sigaction(SIGPIPE, &pipe_before, NULL);
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
	return err;
}

int pw_crash_probe(struct pw_probe *probe, const char *fault)
{
	struct pw_crash crash = {
		.probe = probe, .fault = pw_fault_find(fault), .host = pw_host_find(probe), .faller_fd = -1,
	};

	if (!crash.fault)
		return -ENOENT;
	if (!crash.host)
		return -EINVAL;
	if (!pw_fault_exists(crash.fault))
		return refuse(&crash, -EOPNOTSUPP);
	return probe_with_signals(&crash);
}
