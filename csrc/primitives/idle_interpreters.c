/*
 * Idle interpreters.  One op starts N processes that run the trial's target, a
 * Python interpreter, on a script that imports nothing, says that it is ready and
 * reads its standard input to the end; the rest is as with idle_processes.
 */
#include <errno.h>

#include "idle_process.h"

/* Isolated: neither the environment nor the user's own packages decide what is loaded. */
static const char *const arguments[] = { "-I", "-c", "print(flush=True)\nopen(0).read()", NULL };

static int idle_interpreters_open(void *state, const struct pw_trial *trial)
{
	return trial->target[0] ? pw_idle_processes_open(state, trial, arguments) : -EINVAL;
}

const struct pw_primitive pw_idle_interpreters = {
	.name = "idle_interpreters",
	.state_size = sizeof(struct pw_idle_processes),
	.open = idle_interpreters_open,
	.drive = pw_idle_drive,
	.close = pw_idle_processes_close,
	.readings = pw_idle_readings,
};
