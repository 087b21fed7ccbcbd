/* One crash at a time, in whatever host. */
#ifndef PW_CRASH_H
#define PW_CRASH_H

#include <stdint.h>

#include "faller.h"
#include "host.h"
#include "route.h"
#include "scene.h"
#include "wall.h"

struct pw_tally {
	int64_t attempts;
	int64_t crashes;
	int64_t unhurt;
	int64_t other;                  /* any ending that was not declared */
};

/* One task that falls, or stops short of it. */
struct pw_pass {
	/* asked */
	enum pw_inmate_kind inmate;     /* NONE: in memory of its own, as the host makes it */
	int noted;                      /* have the cause noted, and memory spoiled before */
	int harmless;
	int spoil;                      /* of an inmate: it writes to the memory that it shares */
	enum pw_route_kind route;
	/* seen */
	int status;                     /* of the process that ended: the victim, or a thread's host */
	int32_t code;                   /* the same as waitid tells it: si_code, ... */
	int32_t ended_by;               /* ... and si_status */
	uint64_t end;                   /* ticks when the end was known */
	/* of the process whose inmate fell */
	int answered;
	int alive;
	int denied;                     /* it is refused what the fault is to be refused */
	int64_t changed;                /* bytes of its canary */
	int answered_meanwhile;         /* while its inmate lived */
};

struct pw_crash {
	struct pw_probe *probe;
	const struct pw_fault *fault;
	const struct pw_host *host;
	struct pw_lodging lodging;
	struct pw_faller *faller;
	int faller_fd;
	struct pw_scene *scene;
	struct pw_tally tally;
};

/* -errno also where the task could not get ready. */
int pw_crash_run(struct pw_crash *crash, struct pw_pass *pass);
/* The two kinds of it. */
int pw_crash_own(struct pw_crash *crash, struct pw_pass *pass);
int pw_crash_shared(struct pw_crash *crash, struct pw_pass *pass);

/* For these two: until the task is at its gate, or has failed.  `pid` is that of its process. */
int pw_crash_await(const struct pw_crash *crash, pid_t pid);
/* Reap a process of which a route has told the end. */
int pw_crash_reap(struct pw_pass *pass, pid_t pid);

/* Sort one ending into the tally.  Negative errno where the fault was never reached. */
int pw_crash_count(struct pw_crash *crash, const struct pw_pass *pass);
/* Add the time from the fault to its detection, if there was a crash to detect. */
int pw_crash_sample(struct pw_crash *crash, const struct pw_pass *pass);

#endif
