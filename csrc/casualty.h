/* A process that crashes while it has something in hand. */
#ifndef PW_CASUALTY_H
#define PW_CASUALTY_H

#include <stdint.h>
#include <sys/types.h>

#include "duplex.h"
#include "wall.h"

struct pw_victim;

/* Async-signal-safe, both: they run in a forked child.  0 or negative errno. */
struct pw_deed {
	int (*take)(void *argument);
	/* Give back what was taken; or NULL. */
	int (*give_back)(void *argument);
};

struct pw_casualty {
	struct pw_victim *victim;
	struct pw_duplex duplex;
	pid_t pid;              /* 0: there is none, or it is reaped */
	uint32_t clock;
	int64_t crashes;        /* so far, each by the signal that it had to be */
};

/* Close is always due, even where this fails. */
int pw_casualty_open(struct pw_casualty *casualty, const struct pw_trial *trial);
/* Make one; returns once it has taken what it takes. */
int pw_casualty_start(struct pw_casualty *casualty, const struct pw_deed *deed, void *argument);
/* Have it crash; where `tidy` is set, once it has given back. */
int pw_casualty_post(struct pw_casualty *casualty, int tidy);
/* Until it has ended; it is not reaped. */
int pw_casualty_await(const struct pw_casualty *casualty);
/* -EPROTO where it did not end as a crash does. */
int pw_casualty_reap(struct pw_casualty *casualty);
/* All three. */
int pw_casualty_end(struct pw_casualty *casualty, int tidy);
/* All there is to it: made, and ended. */
int pw_casualty_run(struct pw_casualty *casualty, const struct pw_deed *deed, void *argument, int tidy);
void pw_casualty_close(struct pw_casualty *casualty);

/* The host of all probes that use this: "process".  -EINVAL if the trial asks for another one. */
int pw_casualty_host(const struct pw_probe *probe);

#endif
