/*
 * A process that answers for itself: alive or not, damaged or not.
 *
 * It may make a task in its own memory that falls on command.  So one check serves
 * all: the bystander of a crash in another process, the host that a crash in its thread
 * takes along, and the host whose memory one who fell has written to.
 */
#ifndef PW_SURVIVOR_H
#define PW_SURVIVOR_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "duplex.h"
#include "inmate.h"
#include "pulse.h"
#include "sha256.h"

/* State that two processes share for good: each must still see what the other one writes. */
struct pw_common {
	_Atomic uint64_t token;
	struct pw_pulse pulse;
};

struct pw_survivor_plan {
	enum pw_inmate_kind inmate;
	int spoil;                      /* the inmate writes to its host's canary */
	const struct pw_fault *fault;
	struct pw_faller *faller;
	struct pw_common *common;       /* NULL: nothing is shared */
	int32_t pulse_cpu;
	uint32_t clock;
	uint64_t seed;
};

struct pw_survivor {
	pid_t pid;                      /* 0: there is none, or it is reaped */
	struct pw_duplex duplex;
};

struct pw_answer {
	uint64_t changed;               /* bytes of its canary */
	struct pw_sha256 digest;
	uint64_t denied;                /* 1: it is refused what its inmate's fault is to be refused */
	uint64_t signals_unchanged;     /* since it began */
	uint64_t token;                 /* what it found in common; it leaves one more */
	int32_t error;                  /* from here on: of the join alone */
	int32_t code;
	int32_t status;
	uint64_t end;
};

#define PW_SURVIVOR_CANARY 4096

/* Its pid and pipes are set even where this fails: close is always due. */
int pw_survivor_open(struct pw_survivor *survivor, const struct pw_survivor_plan *plan);
/* A round trip through it.  -EPIPE if nobody answers.  SIGPIPE must be ignored. */
int pw_survivor_ask(struct pw_survivor *survivor, struct pw_answer *answer);
/* The two halves of it. */
int pw_survivor_post_question(struct pw_survivor *survivor);
int pw_survivor_read_answer(struct pw_survivor *survivor, struct pw_answer *answer);
/* 1 once an answer can be read, 0 if none comes within so many ms. */
int pw_survivor_has_answer(const struct pw_survivor *survivor, int within_ms);
/* Have it make its inmate, or wait for that one's end; the latter is answered. */
int pw_survivor_post_start(struct pw_survivor *survivor);
int pw_survivor_post_join(struct pw_survivor *survivor);
/* 1 as long as it has not ended; it is not reaped. */
int pw_survivor_alive(const struct pw_survivor *survivor);
/* Reap one that ends without being told to. */
int pw_survivor_wait(struct pw_survivor *survivor, int *status);
/* Tell it to end, and reap it.  -ECHILD if it did not end in order. */
int pw_survivor_end(struct pw_survivor *survivor);
/* Kill and reap what is left, and close the pipes. */
void pw_survivor_close(struct pw_survivor *survivor);

#endif
