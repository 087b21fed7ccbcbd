/*
 * A channel between driver and peer: two ends, each with the buffers of its side.
 *
 * One op of a message primitive sends a message to the peer and gets it back.  What
 * sends and receives is the primitive's: where both are descriptors, the loops of
 * channel.c do.  A state begins with its channel, so that readings find their place.
 */
#ifndef PW_CHANNEL_H
#define PW_CHANNEL_H

#include "mark.h"
#include "message.h"
#include "primitive.h"

/* The readings of every message primitive. */
enum pw_channel_reading {
	PW_CHANNEL_THERE,       /* the peer has the whole message */
};

extern const struct pw_reading pw_channel_readings[];

struct pw_end {
	int in;
	int out;                /* the same as `in` where one descriptor goes both ways */
	struct pw_message message;
};

struct pw_channel {
	struct pw_end driver;
	struct pw_end peer;
};

/* Ends that are connected to nothing, for messages of `size` bytes. */
int pw_channel_allocate(struct pw_channel *channel, size_t size);
/* The same, with what `connect` opens and notes in them.  On failure nothing stays open. */
int pw_channel_open(struct pw_channel *channel, const struct pw_trial *trial, size_t size,
		    int (*connect)(struct pw_channel *channel, const struct pw_trial *trial));
/* For messages of the size that the factor message says. */
int pw_channel_open_message(struct pw_channel *channel, const struct pw_trial *trial,
			    int (*connect)(struct pw_channel *channel, const struct pw_trial *trial));
void pw_channel_close(void *state);

/* A pipe for each direction. */
int pw_channel_pipes(struct pw_channel *channel, const struct pw_trial *trial);

/* Ops of a channel whose ends are descriptors. */
int pw_channel_drive(void *state, uint64_t ops);
int pw_channel_serve(void *state, uint64_t ops);

/* The same for any end; inlined, so that send and receive are called directly. */
static inline __attribute__((always_inline)) int pw_channel_drive_by(void *state, uint64_t ops,
	int (*send)(int out, const void *buffer, size_t size), int (*receive)(int in, void *buffer, size_t size))
{
	struct pw_channel *channel = state;
	struct pw_end *end = &channel->driver;
	int err = 0;

	while (!err && ops--) {
		err = send(end->out, end->message.sent, end->message.size);
		if (!err)
			err = receive(end->in, end->message.received, end->message.size);
	}
	return err;
}

static inline __attribute__((always_inline)) int pw_channel_serve_by(void *state, uint64_t ops,
	int (*send)(int out, const void *buffer, size_t size), int (*receive)(int in, void *buffer, size_t size))
{
	struct pw_channel *channel = state;
	struct pw_end *end = &channel->peer;
	int err = 0;

	while (!err && ops--) {
		err = receive(end->in, end->message.received, end->message.size);
		pw_mark_time(state, PW_CHANNEL_THERE);
		if (!err)
			err = send(end->out, end->message.received, end->message.size);
	}
	return err;
}

#endif
