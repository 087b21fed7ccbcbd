/* What the kernel counted about one task while it was measured. */
#ifndef PW_COUNTERS_H
#define PW_COUNTERS_H

#include "partywall.h"

struct pw_counters_mark {
	int64_t voluntary;
	int64_t involuntary;
	int64_t minor_faults;
	int64_t major_faults;
	int64_t wall_ns;
	int64_t cpu_ns;
	int64_t others_cpu_ns;
};

/* Of the calling thread; it may stand at chunk borders. */
int pw_counters_mark(struct pw_counters_mark *mark);
/* Add the change since `mark`, spanning `ops` ops, to the sum. */
int pw_counters_add(struct pw_counters *sum, const struct pw_counters_mark *mark, uint64_t ops);

/* Accumulated run delay of the calling thread, ns; negative errno if not known. */
int64_t pw_counters_run_delay(void);
/* Accumulated steal time of one CPU, ns; negative errno if not known. */
int64_t pw_counters_steal(int32_t cpu);

#endif
