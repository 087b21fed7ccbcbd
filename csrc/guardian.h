/* A process that takes away what must not stay behind, also where its maker is killed. */
#ifndef PW_GUARDIAN_H
#define PW_GUARDIAN_H

#include <sys/types.h>

struct pw_guardian {
	pid_t pid;              /* 0: there is none */
	int lifeline;
};

/*
 * `clear` runs once this process, and each child of its own that it makes from now on, has
 * closed the lifeline or ended: on the memory as it is now, with no descriptor open.  Call this
 * before opening what nobody else may hold open.
 */
int pw_guardian_start(struct pw_guardian *guardian, int (*clear)(const void *what), const void *what);
/* Have it clear now.  -EBUSY if it could not.  One that was never started is left alone. */
int pw_guardian_end(struct pw_guardian *guardian);

#endif
