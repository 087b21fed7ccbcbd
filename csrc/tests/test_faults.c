/* Every fault in the table kills, by the signal and for the cause it declares. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "faults/victim.h"
#include "task.h"

static int fall(struct pw_victim *victim, const struct pw_fault *fault, int record)
{
	pid_t parent = getpid();
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		int err = pw_victim_enter(parent);

		if (!err && record)
			err = pw_victim_record(victim, fault);
		if (err)
			pw_victim_fail(victim, err);
		pw_victim_fall(victim, fault, PW_CLOCK_MONOTONIC_RAW);
	}
	pw_task_wait(pid, &status);
	return status;
}

static void check_fault(struct check *check, const struct pw_fault *fault)
{
	struct pw_victim *victim = pw_victim_open();
	int status;

	check->name = fault->name;
	if (!CHECK(check, victim != NULL))
		return;
	status = fall(victim, fault, 1);
	CHECK_EQ(check, pw_victim_ending(fault, status), PW_ENDING_CRASHED);
	CHECK_EQ(check, WCOREDUMP(status), 0);
	CHECK_EQ(check, victim->signal, fault->signal);
	CHECK(check, pw_victim_code_expected(victim, fault));
	CHECK(check, pw_victim_address_expected(victim, fault));
	CHECK_EQ(check, victim->error, 0);
	CHECK(check, victim->stamp > 0 && victim->stamp <= pw_clock_raw_ns());
	victim->signal = 0;
	status = fall(victim, fault, 0);
	CHECK_EQ(check, pw_victim_ending(fault, status), PW_ENDING_CRASHED);
	CHECK_EQ(check, victim->signal, 0);
	pw_victim_close(victim);
}

static void every_fault_kills(struct check *check)
{
	for (uint32_t i = 0; pw_fault_at(i); i++) {
		CHECK(check, pw_fault_find(pw_fault_at(i)->name) == pw_fault_at(i));
		if (pw_fault_at(i)->commit)
			check_fault(check, pw_fault_at(i));
	}
	CHECK(check, pw_fault_find("no_such_fault") == NULL);
}

static void commit_nothing(void *address)
{
	(void)address;
}

static int prepare_in_vain(struct pw_victim *victim)
{
	victim->aim = NULL;
	return -ENOMEM;
}

/* The other endings are told apart. */
static void harmless_faults_are_noticed(struct check *check)
{
	struct pw_fault harmless = { .name = "harmless", .signal = 11, .commit = commit_nothing };
	struct pw_victim *victim = pw_victim_open();

	if (!CHECK(check, victim != NULL))
		return;
	CHECK_EQ(check, pw_victim_ending(&harmless, fall(victim, &harmless, 0)), PW_ENDING_UNHURT);
	harmless.prepare = prepare_in_vain;
	CHECK_EQ(check, pw_victim_ending(&harmless, fall(victim, &harmless, 0)), PW_ENDING_FAILED);
	CHECK_EQ(check, victim->error, -ENOMEM);
	CHECK_EQ(check, pw_victim_ending(&harmless, 9), PW_ENDING_OTHER);
	pw_victim_close(victim);
}

static const struct check_test tests[] = {
	{ "every_fault_kills", every_fault_kills },
	{ "harmless_faults_are_noticed", harmless_faults_are_noticed },
	{ NULL, NULL },
};

const struct check_suite suite_faults = { "faults", tests };
