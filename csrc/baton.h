/*
 * A baton that driver and peer hand over through descriptors: what the ping-pongs
 * through pipes, eventfds and socketpairs have in common, and the same calls made
 * by one task alone.
 */
#ifndef PW_BATON_H
#define PW_BATON_H

#include <stddef.h>
#include <stdint.h>

struct pw_baton {
	int driver[2];          /* what the driver reads from, and writes to */
	int peer[2];
	size_t size;            /* bytes that are handed over */
	uint64_t token;         /* the first `size` bytes of it */
};

int pw_baton_open_pipes(struct pw_baton *baton);
int pw_baton_open_eventfds(struct pw_baton *baton);
int pw_baton_open_sockets(struct pw_baton *baton);
void pw_baton_close(void *state);

/* Hooks of a primitive whose state is a pw_baton.  -EPROTO where what arrives is not what
 * was sent. */
int pw_baton_drive(void *state, uint64_t ops);
int pw_baton_serve(void *state, uint64_t ops);
/* The calls of a round trip, of both sides, with nobody to switch to. */
int pw_baton_drive_alone(void *state, uint64_t ops);

#endif
