/* Idle tasks that are processes: forked, and exec'd where there is something to exec. */
#ifndef PW_IDLE_PROCESS_H
#define PW_IDLE_PROCESS_H

#include "idle.h"
#include "target.h"

#define PW_IDLE_ARGUMENTS_MAX 4

struct pw_idle_processes {
	struct pw_idle idle;
	int life[2];            /* a pipe that ends with the maker */
	struct pw_target target;
	char *argv[PW_IDLE_ARGUMENTS_MAX + 2];
};

/*
 * A trial without a target leaves the forked process as it is.  Otherwise it runs the target
 * with these arguments (the list ends with NULL): they must make it write one byte to its
 * standard output and then sleep until its standard input ends.
 */
int pw_idle_processes_open(struct pw_idle_processes *processes, const struct pw_trial *trial,
			   const char *const *arguments);
void pw_idle_processes_close(void *state);

#endif
