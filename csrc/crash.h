/* One crash at a time, in a process or in a thread of a sacrificial process. */
#ifndef PW_CRASH_H
#define PW_CRASH_H

#include <stdint.h>

#include "canary.h"
#include "faults/victim.h"
#include "survivor.h"
#include "wall.h"

struct pw_tally {
	int64_t attempts;
	int64_t crashes;
	int64_t unhurt;
	int64_t other;                  /* any ending that was not declared */
};

struct pw_crash {
	struct pw_probe *probe;
	const struct pw_fault *fault;
	struct pw_victim *victim;
	struct pw_tally tally;
	int first_status;               /* of the pass that is looked at closely */
};

/* What one sacrificial process showed. */
struct pw_host_pass {
	int status;
	int answered;
	int alive;
	int denied;                     /* a thread that did not fall is refused the same */
	uint64_t end;
};

/* A fork child falls.  With a canary it spoils its copy of that first, and notes the cause. */
int pw_crash_in_process(struct pw_crash *crash, struct pw_canary *canary, int *status, uint64_t *end);
/* A thread falls, or stops short of it.  -errno also where the inmate could not get ready. */
int pw_crash_in_thread(struct pw_crash *crash, enum pw_inmate inmate, struct pw_host_pass *pass);

/* Sort one ending into the tally.  Negative errno where the fault was never reached. */
int pw_crash_count(const struct pw_crash *crash, struct pw_tally *tally, int status);
/* The same for a thread that fell alone, in a process that lives on. */
int pw_crash_count_alone(const struct pw_crash *crash, struct pw_tally *tally);
/* Add the time of detection, if there was a crash to detect. */
int pw_crash_sample(struct pw_crash *crash, int status, uint64_t end);
/* The signal that killed, or the status of an exit; 0 where it was the other one. */
int64_t pw_crash_signal(int status);
int64_t pw_crash_exit_status(int status);
/* The trial's samples are taken, or its budget is used up. */
int pw_crash_is_enough(const struct pw_crash *crash, uint64_t done, uint64_t begin);

#endif
