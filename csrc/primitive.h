/*
 * The contract of one primitive.
 *
 * A file in primitives/ says in its head comment what one op is and what lies
 * inside the timed region, and ends in one struct pw_primitive.  Hooks return 0
 * or negative errno.  A primitive never reads a clock (mark.h does, where a trial
 * asks for readings), pins, prints or exits, and drive does not allocate; it forks
 * only where the fork is the op.  Factors come by name: see setting.h.
 */
#ifndef PW_PRIMITIVE_H
#define PW_PRIMITIVE_H

#include "partywall.h"

/* One reading: see mark.h. */
struct pw_reading {
	const char *name;
	uint32_t kind;          /* enum pw_reading_kind */
};

struct pw_primitive {
	const char *name;
	size_t state_size;      /* zeroed memory that driver, peers and forked children share */
	int (*open)(void *state, const struct pw_trial *trial);  /* before the peer exists */
	int (*drive)(void *state, uint64_t ops);                 /* the timed side */
	int (*serve)(void *state, uint64_t ops);                 /* the peer, or NULL */
	int (*relay)(void *state, uint32_t index, uint64_t ops); /* peer 1 ... parties - 1, instead of serve */
	void (*close)(void *state);                              /* or NULL */
	const struct pw_reading *readings;                       /* ends with an empty one; or NULL */
};

static inline int pw_primitive_peers(const struct pw_primitive *primitive)
{
	return primitive->serve || primitive->relay;
}

/* NULL where there is no primitive of that name. */
const struct pw_primitive *pw_primitive_find(const char *name);

#endif
