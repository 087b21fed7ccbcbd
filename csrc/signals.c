/* By the parts that mean something: between them there may be bytes that nobody wrote. */
#include "signals.h"

#include <string.h>

void pw_signals_read(struct pw_signals *signals)
{
	memset(signals, 0, sizeof(*signals));
	sigprocmask(SIG_SETMASK, NULL, &signals->mask);
	/* Those that have no handler, and those that libc keeps to itself, stay zero. */
	for (int signal = 1; signal < NSIG; signal++)
		sigaction(signal, NULL, &signals->action[signal]);
}

static int same_set(const sigset_t *one, const sigset_t *other)
{
	for (int signal = 1; signal < NSIG; signal++)
		if (sigismember(one, signal) != sigismember(other, signal))
			return 0;
	return 1;
}

int pw_signals_unchanged(const struct pw_signals *before)
{
	struct pw_signals now;

	pw_signals_read(&now);
	if (!same_set(&before->mask, &now.mask))
		return 0;
	for (int signal = 1; signal < NSIG; signal++) {
		const struct sigaction *one = &before->action[signal];
		const struct sigaction *other = &now.action[signal];

		if (one->sa_handler != other->sa_handler || one->sa_flags != other->sa_flags ||
		    !same_set(&one->sa_mask, &other->sa_mask))
			return 0;
	}
	return 1;
}
