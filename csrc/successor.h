/* A child that has exec'd the target and stays: what exec leaves of a process can be looked at. */
#ifndef PW_SUCCESSOR_H
#define PW_SUCCESSOR_H

#include <sys/types.h>

#include "target.h"

struct pw_successor {
	pid_t pid;                      /* 0: there is none, or it is reaped */
	int life[2];                    /* its standard input: it ends with it */
	struct pw_target target;
};

/* The target runs when this returns 0.  -errno if it cannot be run.  Close is always due. */
int pw_successor_open(struct pw_successor *successor, const struct pw_trial *trial);
/* Let it end.  -ECHILD if it did not end as the target does. */
int pw_successor_end(struct pw_successor *successor);
/* Kill and reap what is left. */
void pw_successor_close(struct pw_successor *successor);

#endif
