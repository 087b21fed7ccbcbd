/*
 * Bandwidth of a channel whose ends are descriptors.
 *
 * One op moves `transfer` bytes to the peer, in writes and reads of `chunk` bytes each,
 * and ends with one byte of the peer that says that it has read all of them.  So
 * nothing is in flight between two ops, and the time of each op is that of whole bytes
 * moved: without the answer, a write would only tell how fast the channel's buffer
 * takes a chunk, and a sample would be a burst or a wait by turns.
 */
#ifndef PW_STREAM_H
#define PW_STREAM_H

#include "channel.h"

struct pw_stream {
	struct pw_channel channel;      /* its messages are the chunks */
	size_t transfer;
};

/* With the factors chunk and transfer; -EINVAL where either is nothing. */
int pw_stream_open(struct pw_stream *stream, const struct pw_trial *trial,
		   int (*connect)(struct pw_channel *channel, const struct pw_trial *trial));
int pw_stream_drive(void *state, uint64_t ops);
int pw_stream_serve(void *state, uint64_t ops);
void pw_stream_close(void *state);

#endif
