/*
 * The memory that a task works on: the factors working_set, how much of it, and
 * pattern, the order in which it is touched.  One touch is one access to each of
 * its cache lines.
 */
#ifndef PW_WORKSET_H
#define PW_WORKSET_H

#include <stddef.h>
#include <stdint.h>

#include "partywall.h"

struct pw_workset_line;

struct pw_workset {
	struct pw_workset_line *lines;
	size_t count;
	int pattern;
	int opened;
};

/* Map private memory in whole cache lines, all of it present.  No child inherits it.  The
 * order of the random pattern follows from the trial's seed and `index`. */
int pw_workset_open(struct pw_workset *set, const struct pw_trial *trial, uint32_t index);
void pw_workset_close(struct pw_workset *set);
/* -EPROTO where not every line was met. */
int pw_workset_touch(const struct pw_workset *set);

#endif
