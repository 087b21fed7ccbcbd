/* A shared mapping with a trial that every task accepts. */
#ifndef PW_FIXTURE_H
#define PW_FIXTURE_H

#include "partywall.h"

/* NULL if there is no memory. */
struct pw_shared *fixture_open(uint64_t capacity, const char *subject);
void fixture_close(struct pw_shared *shared);
uint64_t *fixture_ticks(struct pw_shared *shared);
uint32_t *fixture_ops(struct pw_shared *shared);
/* Give a factor its level. */
void fixture_set(struct pw_trial *trial, const char *name, uint64_t number, const char *word);
/* How many are open, with something more that is the same each time; -1 if not known. */
int fixture_descriptors(void);
/* -1 and no success where there is no such fact. */
int fixture_fact(const struct pw_result *result, const char *name, int64_t *value);

#endif
