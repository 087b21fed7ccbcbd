/*
 * A contained crash.  One op is fork, a child that commits the fault of the factor
 * "cause" at once, its death by the signal of that fault, and waitpid for it; inside
 * the timed region are the child's start, the fault as the kernel takes it, the end of
 * the process and its reaping.  No core is written.  The end is checked each time: a
 * child that comes past the fault, or ends otherwise, fails the op.
 */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "faults/victim.h"
#include "primitive.h"
#include "setting.h"
#include "task.h"

struct crash {
	const struct pw_fault *fault;
	struct pw_victim *victim;
	uint32_t clock;
};

static const char *const causes[] = { "segv_unmapped", "abort", "ill", NULL };

/* Children inherit both: they cost nothing in the op. */
static int forbid_cores(void)
{
	const struct rlimit none = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0 ? -errno : 0;
}

static int crash_wait_open(void *state, const struct pw_trial *trial)
{
	struct crash *crash = state;
	int cause = pw_setting_word(trial, "cause", causes);

	if (cause < 0)
		return cause;
	crash->fault = pw_fault_find(causes[cause]);
	if (!crash->fault || !pw_fault_exists(crash->fault))
		return -EOPNOTSUPP;
	crash->clock = trial->clock;
	crash->victim = pw_victim_open();
	return crash->victim ? forbid_cores() : -errno;
}

static int crash_wait_once(const struct crash *crash)
{
	pid_t pid = fork();
	int status;
	int err;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		pw_victim_fall(crash->victim, crash->fault, crash->clock);
	err = pw_task_wait(pid, &status);
	if (!err && pw_victim_ending(crash->fault, status) != PW_ENDING_CRASHED)
		err = crash->victim->error ? crash->victim->error : -ECHILD;
	return err;
}

static int crash_wait_drive(void *state, uint64_t ops)
{
	int err = 0;

	while (!err && ops--)
		err = crash_wait_once(state);
	return err;
}

static void crash_wait_close(void *state)
{
	struct crash *crash = state;

	pw_victim_close(crash->victim);
}

const struct pw_primitive pw_crash_wait = {
	.name = "crash_wait",
	.state_size = sizeof(struct crash),
	.open = crash_wait_open,
	.drive = crash_wait_drive,
	.close = crash_wait_close,
};
