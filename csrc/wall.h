/*
 * The contract of one wall: a probe of one isolation property.
 *
 * A probe runs inside a disposable worker, may fork
 * what it needs, and reports *facts*: names and integers, no judgement.  What a
 * fact must be for the wall to hold is declared in the catalog.  Every probe
 * carries its positive control: the same code, run where a breach is certain.
 * A hook returns negative errno only if the probe itself could not be carried
 * out.
 */
#ifndef PW_WALL_H
#define PW_WALL_H

#include "partywall.h"

struct pw_probe {
	const struct pw_trial *trial;
	struct pw_result *result;
	uint64_t *ticks;                /* raw samples: durations, ... */
	uint32_t *ops;                  /* ... and of which timing each is */
	uint64_t capacity;
};

struct pw_wall {
	const char *name;
	int (*probe)(struct pw_probe *probe);
};

const struct pw_wall *pw_wall_find(const char *name);

/*
 * The place in `words`, which ends with NULL, of the host that the trial asks for: in what
 * the attack is made, or against whom.  -EINVAL if it asks for none of them.
 */
int pw_probe_host(const struct pw_probe *probe, const char *const *words);
/*
 * Say in words why the probe cannot be carried out, and what would let it; returns `err`.
 * For what the machine lacks or forbids, err is one of the refusals (-EPERM, -ENOSYS, ...).
 */
int pw_probe_refuse(struct pw_probe *probe, int err, const char *why);
/* Append a fact.  -ENOSPC when the table is full, which is a bug of the probe. */
int pw_probe_fact(struct pw_probe *probe, const char *name, int64_t value);
/* Append several; the list ends with an empty one. */
struct pw_found {
	const char *name;
	int64_t value;
};
int pw_probe_facts(struct pw_probe *probe, const struct pw_found *found);
/* Append one duration in ticks; `timing` is its place among the timings that the catalog names. */
int pw_probe_sample(struct pw_probe *probe, uint32_t timing, uint64_t ticks);

#endif
