/*
 * Idle processes.  One op forks N processes one after the other, waits for each
 * to say that it is about to sleep, weighs all of them, kills them and waits for
 * them.  What is forked touches nothing more; with a target it runs that instead.
 * Before the tasks are made the op waits for what those of the op before left
 * behind: its time is no cost of anything, the readings are what it is for.
 */
#include "idle_process.h"

static int idle_processes_open(void *state, const struct pw_trial *trial)
{
	static const char *const arguments[] = { "idle", NULL };

	return pw_idle_processes_open(state, trial, arguments);
}

const struct pw_primitive pw_idle_processes = {
	.name = "idle_processes",
	.state_size = sizeof(struct pw_idle_processes),
	.open = idle_processes_open,
	.drive = pw_idle_drive,
	.close = pw_idle_processes_close,
	.readings = pw_idle_readings,
};
