/*
 * A process that answers for itself: alive or not, damaged or not.
 *
 * It may hold a thread that falls on command.  So one check serves all: the
 * bystander of a crash in another process, the host that a crash in its thread
 * takes along, and the host whose thread stops short of the fault.
 */
#ifndef PW_SURVIVOR_H
#define PW_SURVIVOR_H

#include <stdint.h>
#include <sys/types.h>

#include "duplex.h"
#include "faults/victim.h"

enum pw_inmate {
	PW_INMATE_NONE,
	PW_INMATE_FALLS,                /* a thread that commits the fault */
	PW_INMATE_STOPS                 /* the same thread, which returns instead */
};

struct pw_survivor_plan {
	enum pw_inmate inmate;
	const struct pw_fault *fault;
	struct pw_victim *victim;
	uint32_t clock;
	int32_t inmate_cpu;
	uint64_t seed;
};

struct pw_survivor {
	pid_t pid;                      /* 0: there is none, or it is reaped */
	struct pw_duplex duplex;
};

struct pw_answer {
	uint64_t changed;               /* bytes of its canary */
	uint64_t checksum;
	uint64_t denied;                /* 1: it is refused what its inmate's fault is to be refused */
};

/* Its pid and pipes are set even where this fails: close is always due. */
int pw_survivor_open(struct pw_survivor *survivor, const struct pw_survivor_plan *plan);
/* A round trip through it.  -EPIPE if nobody answers.  SIGPIPE must be ignored. */
int pw_survivor_ask(struct pw_survivor *survivor, struct pw_answer *answer);
/* Let the inmate go. */
int pw_survivor_release(struct pw_survivor *survivor);
/* Wait for the inmate's return; only for one that stops. */
int pw_survivor_join(struct pw_survivor *survivor);
/* 1 as long as it has not ended; it is not reaped. */
int pw_survivor_alive(const struct pw_survivor *survivor);
/* Reap one that ends without being told to. */
int pw_survivor_wait(struct pw_survivor *survivor, int *status);
/* Tell it to end, and reap it.  -ECHILD if it did not end in order. */
int pw_survivor_end(struct pw_survivor *survivor);
/* Kill and reap what is left, and close the pipes. */
void pw_survivor_close(struct pw_survivor *survivor);

#endif
