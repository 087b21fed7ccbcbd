/* One probe, in this process, against the facts that it must find. */
#ifndef PW_WALL_CHECK_H
#define PW_WALL_CHECK_H

#include "check.h"

struct wall_fact {
	const char *name;               /* NULL ends a list */
	int64_t value;
};

/* What the probe returned, and its mapping, which the caller closes. */
int wall_probe(const char *name, const char *host, struct pw_shared **shared);
void wall_expect(struct check *check, const struct pw_result *result, const struct wall_fact *list);
/* All of it; a machine may refuse the probe, if it says why.  Nothing may be left behind. */
void wall_check(struct check *check, const char *name, const char *host, const struct wall_fact *facts);

#endif
