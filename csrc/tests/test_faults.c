/* Every fault in the table has its effect, for the cause it declares. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "faults/watch.h"
#include "task.h"

/* What a machine may lack, and nothing else. */
static int is_refusal(int err)
{
	const int refusals[] = { EPERM, EACCES, ENOSYS, ENOSPC, EOPNOTSUPP };

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (err == -refusals[i])
			return 1;
	return 0;
}

static void be_victim(struct pw_victim *victim, const struct pw_fault *fault, int record, pid_t parent)
{
	int err = pw_victim_enter(parent);

	if (!err && record)
		err = pw_victim_record(victim, fault);
	if (err)
		pw_victim_fail(victim, err);
	pw_victim_fall(victim, fault, PW_CLOCK_MONOTONIC_RAW);
}

static int fall(struct check *check, struct pw_victim *victim, const struct pw_fault *fault, int record)
{
	pid_t parent = getpid();
	int status = 0;
	pid_t pid;

	pw_victim_forget(victim);
	pid = fork();
	if (pid == 0)
		be_victim(victim, fault, record, parent);
	CHECK_EQ(check, pw_watch_subdue(victim, fault, pid), 0);
	/* It is a process of one thread: there is nothing else to wait for. */
	CHECK_EQ(check, pw_watch_thread(victim, fault, pid), 0);
	CHECK_EQ(check, pw_task_wait(pid, &status), 0);
	return status;
}

static void check_effect(struct check *check, const struct pw_victim *victim, const struct pw_fault *fault, int status)
{
	int outlives = fault->effect == PW_EFFECT_STOP || fault->effect == PW_EFFECT_DEAF;

	CHECK_EQ(check, pw_victim_ending(fault, status), PW_ENDING_CRASHED);
	CHECK_EQ(check, WIFSIGNALED(status) ? WTERMSIG(status) : 0, pw_victim_signal_due(fault));
	CHECK_EQ(check, WIFEXITED(status) ? WEXITSTATUS(status) : 0, pw_victim_status_due(fault));
	CHECK(check, !WIFSIGNALED(status) || !WCOREDUMP(status));
	CHECK_EQ(check, victim->error, 0);
	CHECK_EQ(check, victim->refused, fault->refusal);
	CHECK_EQ(check, victim->subdued, outlives);
	CHECK_EQ(check, victim->past, fault->effect == PW_EFFECT_REFUSAL);
	CHECK(check, victim->stamp > 0 && victim->stamp <= pw_clock_raw_ns());
}

static void check_fault(struct check *check, const struct pw_fault *fault)
{
	struct pw_victim *victim = pw_victim_open();
	int status;

	check->name = fault->name;
	if (!CHECK(check, victim != NULL))
		return;
	status = fall(check, victim, fault, 1);
	if (pw_victim_ending(fault, status) == PW_ENDING_FAILED && is_refusal(victim->error)) {
		CHECK(check, fault->needs != NULL);
		printf("%s: not here (%s): %s\n", fault->name, strerror(-victim->error), fault->needs);
		pw_victim_close(victim);
		return;
	}
	check_effect(check, victim, fault, status);
	CHECK_EQ(check, victim->signal, fault->recorded ? fault->signal : 0);
	CHECK(check, pw_victim_code_expected(victim, fault));
	CHECK(check, pw_victim_address_expected(victim, fault));
	if (!fault->slow) {
		status = fall(check, victim, fault, 0);
		check_effect(check, victim, fault, status);
		CHECK_EQ(check, victim->signal, 0);
	}
	pw_victim_close(victim);
}

static void every_fault_has_its_effect(struct check *check)
{
	for (uint32_t i = 0; pw_fault_at(i); i++) {
		CHECK(check, pw_fault_find(pw_fault_at(i)->name) == pw_fault_at(i));
		if (pw_fault_exists(pw_fault_at(i)))
			check_fault(check, pw_fault_at(i));
		else
			CHECK(check, pw_fault_at(i)->needs != NULL);
	}
	CHECK(check, pw_fault_find("no_such_fault") == NULL);
}

static void commit_nothing(void *aim)
{
	(void)aim;
}

static int prepare_in_vain(struct pw_victim *victim)
{
	victim->aim = NULL;
	return -ENOMEM;
}

/* The other endings are told apart. */
static void harmless_faults_are_noticed(struct check *check)
{
	struct pw_fault harmless = { .name = "harmless", .signal = SIGSEGV, .recorded = 1, .commit = commit_nothing };
	struct pw_victim *victim = pw_victim_open();

	if (!CHECK(check, victim != NULL))
		return;
	for (int effect = PW_EFFECT_DEATH; effect <= PW_EFFECT_STOP; effect++) {
		harmless.effect = (enum pw_effect)effect;
		harmless.refusal = ENOMEM;
		CHECK_EQ(check, pw_victim_ending(&harmless, fall(check, victim, &harmless, 0)), PW_ENDING_UNHURT);
		CHECK_EQ(check, pw_victim_ending_alone(victim, &harmless), PW_ENDING_UNHURT);
		CHECK_EQ(check, victim->subdued, 0);
		CHECK(check, !pw_victim_code_expected(victim, &harmless));
	}
	harmless.effect = PW_EFFECT_DEATH;
	harmless.prepare = prepare_in_vain;
	CHECK_EQ(check, pw_victim_ending(&harmless, fall(check, victim, &harmless, 0)), PW_ENDING_FAILED);
	CHECK_EQ(check, victim->error, -ENOMEM);
	CHECK_EQ(check, pw_victim_ending(&harmless, 9), PW_ENDING_OTHER);
	pw_victim_close(victim);
}

/* One that hears its signal is not deaf, and one that goes on has not stopped. */
static void commit_beats(void *aim)
{
	struct pw_victim *victim = aim;

	for (;;) {
		getppid();
		victim->beats++;
	}
}

static int prepare_beats(struct pw_victim *victim)
{
	victim->aim = victim;
	return pw_fault_find("deaf")->prepare(victim) || signal(SIGTERM, SIG_DFL) == SIG_ERR ? -EPROTO : 0;
}

static void effects_are_not_assumed(struct check *check)
{
	struct pw_fault obedient = { .name = "obedient", .effect = PW_EFFECT_DEAF, .signal = SIGTERM };
	struct pw_victim *victim = pw_victim_open();
	pid_t parent = getpid();
	int status = 0;
	pid_t pid;

	if (!CHECK(check, victim != NULL))
		return;
	obedient.prepare = prepare_beats;
	obedient.commit = commit_beats;
	status = fall(check, victim, &obedient, 0);
	CHECK_EQ(check, victim->subdued, 0);
	CHECK_EQ(check, pw_victim_ending(&obedient, status), PW_ENDING_OTHER);
	CHECK_EQ(check, WTERMSIG(status), SIGTERM);
	obedient.effect = PW_EFFECT_STOP;
	obedient.signal = SIGSTOP;
	pw_victim_forget(victim);
	pid = fork();
	if (pid == 0)
		be_victim(victim, &obedient, 0, parent);
	CHECK_EQ(check, pw_watch_subdue(victim, &obedient, pid), -ETIMEDOUT);
	CHECK_EQ(check, pw_task_wait(pid, &status), 0);
	CHECK_EQ(check, victim->subdued, 0);
	pw_victim_close(victim);
}

static const struct check_test tests[] = {
	{ "every_fault_has_its_effect", every_fault_has_its_effect },
	{ "harmless_faults_are_noticed", harmless_faults_are_noticed },
	{ "effects_are_not_assumed", effects_are_not_assumed },
	{ NULL, NULL },
};

const struct check_suite suite_faults = { "faults", tests };
