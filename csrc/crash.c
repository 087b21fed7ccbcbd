/* The passes that the crash walls are made of. */
#include "crash.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "task.h"

int pw_crash_count(const struct pw_crash *crash, struct pw_tally *tally, int status)
{
	tally->attempts++;
	switch (pw_victim_ending(crash->fault, status)) {
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

/* Only a real crash has a time of detection. */
int pw_crash_sample(struct pw_crash *crash, int status, uint64_t end)
{
	uint64_t stamp = crash->victim->stamp;

	if (pw_victim_ending(crash->fault, status) != PW_ENDING_CRASHED || !stamp)
		return 0;
	/* Counters of two CPUs may be apart by more than nothing. */
	return pw_probe_sample(crash->probe, 0, end > stamp ? end - stamp : 0);
}

int64_t pw_crash_signal(int status)
{
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void forget_victim(struct pw_victim *victim)
{
	victim->stamp = 0;
	victim->signal = 0;
	victim->code = 0;
	victim->address = 0;
	victim->error = 0;
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

	forget_victim(crash->victim);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		victim_body(crash, canary, parent);
	err = pw_task_wait(pid, status);
	*end = pw_clock_end(crash->probe->trial->clock, &cpu);
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
	forget_victim(crash->victim);
	err = pw_survivor_open(&host, &plan);
	if (!err)
		err = pw_survivor_ask(&host, &answer);
	if (!err)
		err = pw_survivor_release(&host);
	if (!err)
		err = inmate == PW_INMATE_FALLS ? pw_survivor_wait(&host, &pass->status) : pw_survivor_join(&host);
	pass->end = pw_clock_end(trial->clock, &cpu);
	if (err)
		goto out;
	pass->answered = pw_survivor_ask(&host, &answer) == 0 && answer.changed == 0;
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
