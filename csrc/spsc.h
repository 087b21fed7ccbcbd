/*
 * A ring of bytes in shared memory for one producer and one consumer, which spin.
 * Each side writes one counter that the other reads, and keeps what only it needs on
 * a line of its own; it looks at the other's counter only when what it last saw
 * there does not suffice.
 */
#ifndef PW_SPSC_H
#define PW_SPSC_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "partywall.h"

/* What one side alone writes and reads. */
struct pw_spsc_end {
	_Alignas(64) uint64_t count;    /* bytes moved so far */
	uint64_t seen;                  /* of the other side's, when last looked at */
	size_t offset;                  /* count modulo capacity */
};

struct pw_spsc {
	_Alignas(64) _Atomic uint64_t put;
	_Alignas(64) _Atomic uint64_t taken;
	struct pw_spsc_end producer;
	struct pw_spsc_end consumer;
	_Alignas(64) char *bytes;
	size_t capacity;
	size_t piece;                   /* published at once at most */
};

/* A shared mapping of the size that the factor ring says, 64 KiB without it. */
int pw_spsc_open(struct pw_spsc *ring, const struct pw_trial *trial);
void pw_spsc_close(struct pw_spsc *ring);

/* Both return when the whole message is in the ring, or out of it. */
void pw_spsc_put(struct pw_spsc *ring, const char *from, size_t size);
void pw_spsc_take(struct pw_spsc *ring, char *to, size_t size);

#endif
