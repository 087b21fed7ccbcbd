/* Thousands of crashes of mixed causes in a row, and nothing of them stays. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "faults/victim.h"
#include "fixture.h"
#include "procfile.h"

#define CRASHES 2000
/* What the C library keeps of its own work, not what a crash would leave each time. */
#define ALLOWED_KB 256

static int64_t resident_kb(void)
{
	return pw_procfile_number("/proc/self/status", "VmRSS");
}

static int lasts(const struct pw_fault *fault)
{
	return fault->slow || (fault->effect != PW_EFFECT_DEATH && fault->effect != PW_EFFECT_EXIT);
}

/* Those that end by themselves and at once. */
static const struct pw_fault *next_fault(uint32_t *at)
{
	const struct pw_fault *fault;

	do {
		fault = pw_fault_at(*at);
		*at = fault ? *at + 1 : 0;
	} while (!fault || !pw_fault_exists(fault) || lasts(fault));
	return fault;
}

static int fall(struct pw_victim *victim, const struct pw_fault *fault, int *status)
{
	pid_t parent = getpid();
	pid_t pid;

	pw_victim_forget(victim);
	pid = fork();
	if (pid == 0) {
		int err = pw_victim_enter(parent);

		if (err)
			pw_victim_fail(victim, err);
		pw_victim_fall(victim, fault, PW_CLOCK_MONOTONIC_RAW);
	}
	if (pid < 0)
		return -errno;
	return waitpid(pid, status, 0) == pid ? 0 : -errno;
}

static void nothing_stays(struct check *check)
{
	struct pw_victim *victim = pw_victim_open();
	int descriptors = fixture_descriptors();
	int64_t before = 0;
	uint32_t at = 0;
	int refused = 0;

	if (!CHECK(check, victim != NULL))
		return;
	for (int i = 0; i < CRASHES; i++) {
		const struct pw_fault *fault = next_fault(&at);
		enum pw_ending ending;
		int status = 0;

		if (!CHECK_EQ(check, fall(victim, fault, &status), 0))
			break;
		ending = pw_victim_ending(fault, status);
		/* What this machine refuses is no crash, and leaves nothing either. */
		refused += ending == PW_ENDING_FAILED;
		CHECK(check, ending == PW_ENDING_CRASHED || ending == PW_ENDING_FAILED);
		/* The first round has touched all that one touches. */
		if (i == CRASHES / 10)
			before = resident_kb();
	}
	CHECK(check, refused < CRASHES / 2);
	CHECK(check, before > 0);
	CHECK(check, resident_kb() - before <= ALLOWED_KB);
	CHECK_EQ(check, fixture_descriptors(), descriptors);
	CHECK(check, waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	pw_victim_close(victim);
}

static const struct check_test tests[] = {
	{ "nothing_stays", nothing_stays },
	{ NULL, NULL },
};

const struct check_suite suite_endurance = { "endurance", tests };
