/*
 * A ring of tasks that hand one byte on through pipes and touch their working set
 * once whenever they have it.  Factors: tasks, and those of the working set.
 */
#ifndef PW_RING_H
#define PW_RING_H

#include "workset.h"

struct pw_ring {
	const struct pw_trial *trial;
	uint32_t tasks;
	int pipe[PW_PARTIES_MAX][2];            /* pipe[i] leads to task i */
	struct pw_workset set[PW_PARTIES_MAX];  /* set[i] is known to task i only, if it is a process */
};

/* Only as many tasks as the trial says, and no memory yet. */
int pw_ring_open(struct pw_ring *ring, const struct pw_trial *trial);
int pw_ring_open_pipes(struct pw_ring *ring);
/* Those that this process has opened. */
void pw_ring_close(void *state);
/* The byte says how often it was handed on. */
int pw_ring_send(const struct pw_ring *ring, uint32_t to, uint8_t token);
int pw_ring_receive(const struct pw_ring *ring, uint32_t task, uint8_t *token);

#endif
