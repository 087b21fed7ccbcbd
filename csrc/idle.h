/*
 * N idle tasks as one op: created one after the other, weighed while all of them
 * sleep, and ended.  What a task is, is the primitive's choice.
 */
#ifndef PW_IDLE_H
#define PW_IDLE_H

#include "census.h"
#include "primitive.h"

struct pw_idle;

struct pw_idle_kind {
	size_t task_size;       /* of what is kept of each task */
	uint32_t remains;       /* an ended task leaves behind for later as much as so many others; 0: one */
	/* Start task `index`; it sleeps on return. */
	int (*start)(struct pw_idle *idle, uint64_t index);
	/* Add pss, uss and page tables with `made` tasks there. */
	int (*weigh)(struct pw_idle *idle, uint64_t made, struct pw_census *sum);
	/* End task `index` and wait for it. */
	int (*end)(struct pw_idle *idle, uint64_t index);
};

/* The state of these primitives begins with it. */
struct pw_idle {
	const struct pw_idle_kind *kind;
	uint64_t count;
	void *tasks;
};

/* In bytes, how much more there is with the tasks than without; of `available`, how much less. */
extern const struct pw_reading pw_idle_readings[];

/* As many tasks as the factor tasks says; -EINVAL for none. */
int pw_idle_open(struct pw_idle *idle, const struct pw_idle_kind *kind, const struct pw_trial *trial);
int pw_idle_drive(void *state, uint64_t ops);
void pw_idle_close(struct pw_idle *idle);

#endif
