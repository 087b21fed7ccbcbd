/*
 * One exchange: a message to the peer and back.  A channel says how a side sends
 * and how it receives; the loops of both sides, their private buffers, and the check
 * that what comes back is what was sent last are here.
 */
#ifndef PW_EXCHANGE_H
#define PW_EXCHANGE_H

#include <errno.h>
#include <stddef.h>

#include "mark.h"
#include "primitive.h"
#include "turn.h"

/* Lies first in the state of every channel.  Read only once the peer exists. */
struct pw_exchange {
	size_t size;
	char *out[PW_SIDES];    /* the peer sends back what it has received */
	char *in[PW_SIDES];
};

/* The one reading: the peer holds the message. */
extern const struct pw_reading pw_exchange_readings[];

/* Page-aligned buffers of the size that the factor `name` says; -EINVAL for no bytes. */
int pw_exchange_open(struct pw_exchange *exchange, const struct pw_trial *trial, const char *name);
void pw_exchange_close(struct pw_exchange *exchange);

/* Once a call of drive, not once an op: a load of what was just stored in part is slow. */
static inline void pw_exchange_stamp(struct pw_exchange *exchange)
{
	exchange->out[PW_DRIVER][exchange->size - 1]++;
}

/* The last byte is the last to arrive, whatever the channel. */
static inline int pw_exchange_check(const struct pw_exchange *exchange)
{
	size_t last = exchange->size - 1;

	return exchange->in[PW_DRIVER][last] == exchange->out[PW_DRIVER][last] ? 0 : -EBADMSG;
}

/* Inlined, so that the channel's two functions are called directly. */
__attribute__((always_inline)) static inline int pw_exchange_drive(void *state, uint64_t ops,
								   int (*send)(void *state, enum pw_side self),
								   int (*receive)(void *state, enum pw_side self))
{
	int err = 0;

	pw_exchange_stamp(state);
	while (!err && ops--) {
		err = send(state, PW_DRIVER);
		if (!err)
			err = receive(state, PW_DRIVER);
	}
	return err ? err : pw_exchange_check(state);
}

__attribute__((always_inline)) static inline int pw_exchange_serve(void *state, uint64_t ops,
								   int (*send)(void *state, enum pw_side self),
								   int (*receive)(void *state, enum pw_side self))
{
	int err = 0;

	while (!err && ops--) {
		err = receive(state, PW_PEER);
		pw_mark_time(state, 0);
		if (!err)
			err = send(state, PW_PEER);
	}
	return err;
}

#endif
