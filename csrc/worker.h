/* The inside of a worker: from a shared mapping to a finished trial. */
#ifndef PW_WORKER_H
#define PW_WORKER_H

#include "partywall.h"

/* -EPROTO where the mapping is not one of ours. */
int pw_shared_check(const struct pw_shared *shared, uint64_t size);

static inline uint64_t *pw_shared_ticks(struct pw_shared *shared)
{
	return (void *)((char *)shared + shared->ticks_offset);
}

static inline uint32_t *pw_shared_ops(struct pw_shared *shared)
{
	return (void *)((char *)shared + shared->ops_offset);
}

static inline int64_t *pw_shared_readings(struct pw_shared *shared)
{
	return (void *)((char *)shared + shared->readings_offset);
}

/* Carry out shared->trial in this process.  0, or negative errno with the stage noted. */
int pw_worker_run(struct pw_shared *shared);

#endif
