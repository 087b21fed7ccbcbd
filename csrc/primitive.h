/*
 * The contract of one primitive.
 *
 * A file in primitives/ says in its head comment what one op is and what lies
 * inside the timed region, and ends in one struct pw_primitive.  Hooks return 0
 * or negative errno.  A primitive never reads a clock, pins, prints or exits,
 * and drive does not allocate; it forks only where the fork is the op.
 */
#ifndef PW_PRIMITIVE_H
#define PW_PRIMITIVE_H

#include "partywall.h"

struct pw_primitive {
	const char *name;
	size_t state_size;      /* zeroed memory that driver and peer share */
	int (*open)(void *state, const struct pw_trial *trial);  /* before the peer exists */
	int (*drive)(void *state, uint64_t ops);                 /* the timed side */
	int (*serve)(void *state, uint64_t ops);                 /* the peer, or NULL */
	void (*close)(void *state);                              /* or NULL */
};

/* NULL where there is no primitive of that name. */
const struct pw_primitive *pw_primitive_find(const char *name);

#endif
