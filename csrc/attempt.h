/* One access to memory that may be fatal, made in a child of its own, and how it ended. */
#ifndef PW_ATTEMPT_H
#define PW_ATTEMPT_H

#include <stdint.h>

#include "wall.h"

/* Sanitizers would look at such an access first, and optimisers would drop it. */
#define PW_ATTEMPT_UNCHECKED __attribute__((noinline, no_sanitize("address", "undefined")))

#define PW_ATTEMPT_STACK (64 * 1024)

/* Lies in a shared mapping, so that it outlives the child. */
struct pw_attempt {
	volatile int32_t reached;       /* the child came as far as the access */
	volatile int32_t passed;        /* and past it */
	volatile int32_t signal;        /* this and the next two: what the handler was told */
	volatile int32_t code;
	volatile uint64_t address;
	volatile int32_t error;         /* the child could not get ready: negative errno */
	volatile uint64_t seen;         /* whatever the access found */
	_Alignas(64) unsigned char stack[PW_ATTEMPT_STACK];
};

/* What is to be done in the child: an access of `address`, whose result goes to attempt->seen. */
typedef void pw_attempt_access(struct pw_attempt *attempt, void *address);

struct pw_attempt *pw_attempt_open(void);       /* NULL with errno set */
void pw_attempt_close(struct pw_attempt *attempt); /* NULL is left alone */

/* 0 if the child ended after the access, by it or past it; negative errno if it never got there. */
int pw_attempt_make(struct pw_attempt *attempt, pw_attempt_access *access, void *address);
/* Has the access ended the child by SIGSEGV of that si_code at that address? */
int pw_attempt_refused(const struct pw_attempt *attempt, int code, const void *address);

/* The two accesses that most probes need: a byte. */
pw_attempt_access pw_attempt_load;
pw_attempt_access pw_attempt_store;

/* Several accesses that must all be refused for the one reason. */
struct pw_attempt_tally {
	int64_t made;
	int64_t reached;
	int64_t refused;
	int64_t passed;
	int64_t other;                  /* ended, but not by that cause */
};

void pw_attempt_count(struct pw_attempt_tally *tally, const struct pw_attempt *attempt, int refused);
int pw_attempt_report(struct pw_probe *probe, const struct pw_attempt_tally *tally);

#endif
