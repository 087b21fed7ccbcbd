/* How a process takes its signals, to be compared later. */
#ifndef PW_SIGNALS_H
#define PW_SIGNALS_H

#include <signal.h>

struct pw_signals {
	sigset_t mask;
	struct sigaction action[NSIG];
};

/* Async-signal-safe, as is the next. */
void pw_signals_read(struct pw_signals *signals);
/* 1 where the calling thread's mask and its process's handlers are still those. */
int pw_signals_unchanged(const struct pw_signals *before);

#endif
