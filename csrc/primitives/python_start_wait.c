/*
 * A Python interpreter and wait.  One op is fork, execve of the interpreter with an
 * empty environment and one statement that raises SystemExit with the status that
 * proves it was carried out, and waitpid for it; inside the timed region are the
 * interpreter's start, its imports and its end.  With options=isolated it is started
 * with -I -S: no site, no user directory.
 */
#include "child.h"
#include "setting.h"

#define STATEMENT "raise SystemExit(" PW_TARGET_STATUS_TEXT ")"

static int set_interpreter(struct pw_target *target, const struct pw_trial *trial)
{
	static const char *const words[] = { "default", "isolated", NULL };
	static const char *const arguments[][5] = {
		{ "-c", STATEMENT, NULL },
		{ "-I", "-S", "-c", STATEMENT, NULL },
	};
	int options = pw_setting_word(trial, "options", words);

	return options < 0 ? options : pw_target_set(target, trial->target, arguments[options]);
}

static int python_start_wait_open(void *state, const struct pw_trial *trial)
{
	const struct pw_creation creation = {
		.create = pw_child_fork_exec,
		.program = set_interpreter,
		.readings = pw_child_program_readings,
	};

	return pw_child_open(state, trial, &creation);
}

static int python_start_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, pw_child_fork_exec);
}

const struct pw_primitive pw_python_start_wait = {
	.name = "python_start_wait",
	.state_size = sizeof(struct pw_child),
	.open = python_start_wait_open,
	.drive = python_start_wait_drive,
	.close = pw_child_close,
	.readings = pw_child_program_readings,
};
