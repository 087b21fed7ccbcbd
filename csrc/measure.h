/* The only timed loop. */
#ifndef PW_MEASURE_H
#define PW_MEASURE_H

#include "peer.h"
#include "primitive.h"

struct pw_measure {
	const struct pw_primitive *primitive;
	const struct pw_trial *trial;
	struct pw_result *result;
	struct pw_peers *peers;         /* NULL: the primitive has one party */
	void *state;
	uint64_t *ticks;
	uint32_t *ops;
	int64_t *readings;              /* [sample][reading_count] */
	uint32_t reading_count;
};

/* Cold op, warm-up, samples.  Fills result; negative errno with the stage noted. */
int pw_measure(struct pw_measure *m);

#endif
