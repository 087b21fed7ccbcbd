/* The passes that the crash walls are made of. */
#include "crash.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "faults/watch.h"
#include "task.h"

static int count(const struct pw_crash *crash, struct pw_tally *tally, enum pw_ending ending)
{
	tally->attempts++;
	switch (ending) {
	case PW_ENDING_CRASHED:
		tally->crashes++;
		return 0;
	case PW_ENDING_UNHURT:
		tally->unhurt++;
		return 0;
	case PW_ENDING_FAILED:
		return crash->victim->error ? crash->victim->error : -ECHILD;
	default:
		tally->other++;
		return 0;
	}
}

int pw_crash_count(const struct pw_crash *crash, struct pw_tally *tally, int status)
{
	return count(crash, tally, pw_victim_ending(crash->fault, status));
}

int pw_crash_count_alone(const struct pw_crash *crash, struct pw_tally *tally)
{
	return count(crash, tally, pw_victim_ending_alone(crash->victim, crash->fault));
}

/* Only an end that nobody had to wait for in another way has a time of detection. */
int pw_crash_sample(struct pw_crash *crash, int status, uint64_t end)
{
	enum pw_effect effect = crash->fault->effect;
	uint64_t stamp = crash->victim->stamp;

	if (crash->fault->slow || (effect != PW_EFFECT_DEATH && effect != PW_EFFECT_EXIT))
		return 0;
	if (pw_victim_ending(crash->fault, status) != PW_ENDING_CRASHED || !stamp)
		return 0;
	/* Counters of two CPUs may be apart by more than nothing. */
	return pw_probe_sample(crash->probe, 0, end > stamp ? end - stamp : 0);
}

int64_t pw_crash_signal(int status)
{
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

int64_t pw_crash_exit_status(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

/* Never returns.  `canary` is given on the pass that looks at the cause. */
static void victim_body(struct pw_crash *crash, struct pw_canary *canary, pid_t parent)
{
	struct pw_victim *victim = crash->victim;
	int err = pw_victim_enter(parent);

	if (!err)
		err = pw_task_pin(crash->probe->trial->peer_cpu);
	if (!err && canary) {
		pw_canary_scribble(canary);
		victim->scribbled = pw_canary_changed(canary);
		err = pw_victim_record(victim, crash->fault);
	}
	if (err)
		pw_victim_fail(victim, err);
	pw_victim_fall(victim, crash->fault, crash->probe->trial->clock);
}

int pw_crash_in_process(struct pw_crash *crash, struct pw_canary *canary, int *status, uint64_t *end)
{
	pid_t parent = getpid();
	uint32_t cpu = 0;
	pid_t pid;
	int err;

	pw_victim_forget(crash->victim);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		victim_body(crash, canary, parent);
	err = pw_watch_subdue(crash->victim, crash->fault, pid);
	/* It is dead, or will be. */
	if (pw_task_wait(pid, status) && !err)
		err = -ECHILD;
	*end = pw_clock_end(crash->probe->trial->clock, &cpu);
	return err;
}

/* Until the inmate has fallen, and the host with it where that is so. */
static int await_fall(struct pw_crash *crash, struct pw_survivor *host, struct pw_host_pass *pass)
{
	int err = pw_watch_subdue(crash->victim, crash->fault, host->pid);

	if (!err)
		err = pw_watch_thread(crash->victim, crash->fault, host->pid);
	if (!err && (!pw_fault_spares_process(crash->fault) || !pw_survivor_alive(host)))
		err = pw_survivor_wait(host, &pass->status);
	return err;
}

int pw_crash_in_thread(struct pw_crash *crash, enum pw_inmate inmate, struct pw_host_pass *pass)
{
	const struct pw_trial *trial = crash->probe->trial;
	struct pw_survivor_plan plan = {
		.inmate = inmate, .fault = crash->fault, .victim = crash->victim,
		.clock = trial->clock, .inmate_cpu = trial->peer_cpu, .seed = trial->seed,
	};
	struct pw_survivor host;
	struct pw_answer answer;
	uint32_t cpu = 0;
	int err;

	*pass = (struct pw_host_pass){ 0 };
	pw_victim_forget(crash->victim);
	err = pw_survivor_open(&host, &plan);
	if (!err)
		err = pw_survivor_ask(&host, &answer);
	if (!err)
		err = pw_survivor_release(&host);
	if (!err)
		err = inmate == PW_INMATE_FALLS ? await_fall(crash, &host, pass) : pw_survivor_join(&host);
	pass->end = pw_clock_end(trial->clock, &cpu);
	if (err)
		goto out;
	pass->answered = pw_survivor_ask(&host, &answer) == 0 && answer.changed == 0;
	pass->denied = pass->answered && answer.denied;
	pass->alive = pw_survivor_alive(&host);
	if (pass->alive)
		err = pw_survivor_end(&host);
out:
	/* Whatever broke the conversation, the inmate knows the cause. */
	if (err && crash->victim->error)
		err = crash->victim->error;
	pw_survivor_close(&host);
	return err;
}

int pw_crash_is_enough(const struct pw_crash *crash, uint64_t done, uint64_t begin)
{
	const struct pw_trial *trial = crash->probe->trial;

	return done >= trial->samples || (trial->budget_ns && pw_clock_raw_ns() - begin >= trial->budget_ns);
}
