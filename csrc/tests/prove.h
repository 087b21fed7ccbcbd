/* A probe carried out in the test's own process, and the facts that it must find. */
#ifndef PW_TEST_PROVE_H
#define PW_TEST_PROVE_H

#include "check.h"
#include "fixture.h"

#define FIXTURE_SAMPLES 8

struct fixture_fact_due {
	const char *name;       /* NULL: the end of the list */
	int64_t value;
};

/* Runs the probe, which must return `wanted`; NULL if it did not, or if that is a failure. */
struct pw_shared *fixture_prove(struct check *check, const char *wall, const char *host, int wanted);
/* The same, but what the machine refuses, with a reason, is no failure. */
struct pw_shared *fixture_prove_if_allowed(struct check *check, const char *wall, const char *host);

void fixture_expect(struct check *check, const struct pw_result *result, const char *name, int64_t wanted);
void fixture_expect_all(struct check *check, const struct pw_result *result, const struct fixture_fact_due *list);

#endif
