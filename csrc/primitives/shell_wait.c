/*
 * A shell and wait.  One op is fork, execve of /bin/sh with a command that the shell
 * carries out itself ("exit" with the status that proves it did), an empty environment,
 * and waitpid for it.  system(3) does the same through posix_spawn, and with signals
 * blocked meanwhile; most commands also make the shell start a program.
 */
#include "child.h"

static int set_shell(struct pw_target *target, const struct pw_trial *trial)
{
	static const char *const arguments[] = { "-c", "exit " PW_TARGET_STATUS_TEXT, NULL };
	int err = pw_target_set(target, "/bin/sh", arguments);

	(void)trial;
	return err == -ENOENT ? -EOPNOTSUPP : err;
}

static int shell_wait_open(void *state, const struct pw_trial *trial)
{
	const struct pw_creation creation = {
		.create = pw_child_fork_exec,
		.program = set_shell,
		.readings = pw_child_program_readings,
	};

	return pw_child_open(state, trial, &creation);
}

static int shell_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, pw_child_fork_exec);
}

const struct pw_primitive pw_shell_wait = {
	.name = "shell_wait",
	.state_size = sizeof(struct pw_child),
	.open = shell_wait_open,
	.drive = shell_wait_drive,
	.close = pw_child_close,
	.readings = pw_child_program_readings,
};
