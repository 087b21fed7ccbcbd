/* A process that keeps one CPU busy, with nothing but a loop. */
#ifndef PW_HOG_H
#define PW_HOG_H

#include <stdint.h>
#include <sys/types.h>

struct pw_hog {
	pid_t pid;              /* 0: none */
};

/* Start a hog on `cpu` under the scheduling policy given (SCHED_IDLE, SCHED_OTHER); it runs
 * there on return.  It ends with the worker's process group at the latest. */
int pw_hog_start(struct pw_hog *hog, int32_t cpu, int policy);
void pw_hog_stop(struct pw_hog *hog);

#endif
