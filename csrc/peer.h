/*
 * The second party of a primitive: a process or a thread, chosen by the plan.
 *
 * The driver announces a chunk of ops, the peer serves exactly that many and
 * sleeps until the next announcement.  So the timed part knows nothing of its
 * end, and a trial can stop after any chunk.
 */
#ifndef PW_PEER_H
#define PW_PEER_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "primitive.h"

/* Lies in memory that driver and peer share. */
struct pw_peer_link {
	_Atomic uint32_t announced;
	_Atomic uint32_t served;
	uint64_t sync;          /* ops before the counted ones */
	uint64_t ops;           /* of the announced chunk; 0: stop */
	struct pw_counters counters;
};

struct pw_peer {
	const struct pw_primitive *primitive;
	const struct pw_trial *trial;
	struct pw_result *result;
	void *state;
	struct pw_peer_link *link;
	pid_t pid;
	pthread_t thread;
	uint32_t running;
};

/* Start and pin the peer; it is ready to serve on return.  On failure the stage is noted. */
int pw_peer_start(struct pw_peer *peer);
/* The peer serves sync + ops ops and counts its switches over the latter. */
int pw_peer_announce(struct pw_peer *peer, uint64_t sync, uint64_t ops);
int pw_peer_await(struct pw_peer *peer);
/* Orderly end.  After a failure of the driver use pw_peer_abandon. */
int pw_peer_stop(struct pw_peer *peer);
/* Kill a peer process; a peer thread goes with the worker. */
void pw_peer_abandon(struct pw_peer *peer);

#endif
