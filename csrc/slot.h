/*
 * A channel of two slots in a mapping that both sides have, one for each direction.
 * The sender copies its message into the slot and wakes the other side, the
 * receiver sleeps until then and copies it out.
 */
#ifndef PW_SLOT_H
#define PW_SLOT_H

#include "exchange.h"

struct pw_slots {
	struct pw_exchange exchange;
	char *slot[PW_SIDES];   /* by the side that sends */
	size_t mapped;
	struct pw_turn turn;
};

/* `fd` is a file to map, which may be closed afterwards, or -1 for anonymous memory. */
int pw_slots_open(struct pw_slots *slots, const struct pw_trial *trial, int fd);
int pw_slots_drive(void *state, uint64_t ops);
int pw_slots_serve(void *state, uint64_t ops);
void pw_slots_close(void *state);

#endif
