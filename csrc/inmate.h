/* A task in the memory of the process that makes it, and that falls there. */
#ifndef PW_INMATE_H
#define PW_INMATE_H

#include <pthread.h>
#include <stdint.h>
#include <sys/types.h>

#include "canary.h"
#include "faller.h"

enum pw_inmate_kind {
	PW_INMATE_NONE,
	PW_INMATE_THREAD,
	PW_INMATE_CLONE_VM,             /* shares the memory, and nothing else */
	PW_INMATE_VFORK                 /* the same, and its maker stands still meanwhile */
};

/* In the memory of the process that makes it. */
struct pw_inmate {
	enum pw_inmate_kind kind;
	const struct pw_fault *fault;
	struct pw_faller *faller;
	struct pw_canary *canary;       /* what it is to spoil, or NULL */
	pthread_t thread;
	pid_t pid;                      /* of one that is a process; 0: there is none */
	void *stack;
	int error;
	int32_t code;                   /* its end as waitid tells it: si_code, ... */
	int32_t status;                 /* ... and si_status */
	uint64_t end;                   /* ticks when that was known */
};

/* Returns when it is made, or, of a vfork child, when it has ended. */
int pw_inmate_start(struct pw_inmate *inmate);
/* Wait for its end. */
int pw_inmate_join(struct pw_inmate *inmate);

#endif
