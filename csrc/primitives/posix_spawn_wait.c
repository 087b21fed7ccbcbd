/*
 * posix_spawn and wait.  One op is posix_spawn of the exec target with an empty
 * environment and waitpid for it; inside the timed region are the clone that libc
 * makes in the manner of vfork, the exec, the start and end of the target, and its
 * reaping.  What the child does before the exec is libc's, so its start is not read.
 */
#include <spawn.h>

#include "child.h"

static const struct pw_reading readings[] = {
	{ "call_returns", PW_READING_TICKS },
	{ "exec_seen", PW_READING_TICKS },
	{ "exits", PW_READING_TICKS },
	{ "parent_faults", PW_READING_COUNT },
	{ "child_faults", PW_READING_COUNT },
	{ "child_page_tables", PW_READING_BYTES },
	{ NULL, 0 },
};

static pid_t posix_spawn_wait_create(struct pw_child *child, struct pw_birth birth)
{
	struct pw_target *target = &child->target;
	pid_t pid;
	int error = posix_spawn(&pid, target->path, NULL, NULL, target->argv[birth.mode], target->envp);

	return error ? -error : pid;
}

static int posix_spawn_wait_open(void *state, const struct pw_trial *trial)
{
	const struct pw_creation creation = {
		.create = posix_spawn_wait_create,
		.program = pw_target_open,
		.readings = readings,
	};

	return pw_child_open(state, trial, &creation);
}

static int posix_spawn_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, posix_spawn_wait_create);
}

const struct pw_primitive pw_posix_spawn_wait = {
	.name = "posix_spawn_wait",
	.state_size = sizeof(struct pw_child),
	.open = posix_spawn_wait_open,
	.drive = posix_spawn_wait_drive,
	.close = pw_child_close,
	.readings = readings,
};
