/* A process that has a guest commit an act, keeps what the act is after, and sees what became of it. */
#ifndef PW_CALLER_H
#define PW_CALLER_H

#include "act.h"
#include "confinement.h"

enum pw_caller_host { PW_CALLER_FUNCTION, PW_CALLER_THREAD, PW_CALLER_PROCESS };

struct pw_caller {
	struct pw_act *act;
	int act_fd;
	int file;                       /* which the path of the act names; or -1 */
	enum pw_caller_host host;
	const struct pw_confinement *confinement;       /* of a process */
	/* A fault of the probe, for its own test: the guest is let go without being confined. */
	int unguarded;
};

/* Have a new process do it, and wait for its end.  0 with *act filled in, whatever became of the caller:
 * act->back is 1 if it lived and had control again.  Negative errno if the act was not reached. */
int pw_caller_run(const struct pw_caller *caller, struct pw_act *act);

#endif
