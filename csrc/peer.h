/*
 * The other parties of a primitive: processes or threads, chosen by the plan.
 *
 * The driver announces a chunk of ops, each peer serves exactly that many and
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
	_Alignas(64) _Atomic uint32_t announced;
	_Atomic uint32_t served;
	uint64_t sync;          /* ops before the counted ones */
	uint64_t ops;           /* of the announced chunk; 0: stop */
	struct pw_counters counters;
};

struct pw_peers;

struct pw_peer {
	struct pw_peers *peers;
	struct pw_peer_link *link;
	uint32_t index;         /* the driver is 0 */
	uint32_t running;
	pid_t pid;
	pthread_t thread;
};

struct pw_peers {
	const struct pw_primitive *primitive;
	const struct pw_trial *trial;
	struct pw_result *result;
	void *state;
	uint32_t count;
	struct pw_peer_link *links;
	struct pw_peer *peer;
};

/* Start and pin trial->parties - 1 peers (one, if it is 0); they are ready to serve on
 * return.  On failure the stage is noted. */
int pw_peers_start(struct pw_peers *peers);
/* Each peer serves sync + ops ops and counts its switches over the latter. */
int pw_peers_announce(struct pw_peers *peers, uint64_t sync, uint64_t ops);
int pw_peers_await(struct pw_peers *peers);
/* Forget what the peers have counted so far. */
void pw_peers_recount(struct pw_peers *peers);
/* Orderly end; `counters` is the sum over the peers.  After a failure of the driver use
 * pw_peers_abandon. */
int pw_peers_stop(struct pw_peers *peers, struct pw_counters *counters);
/* Kill peer processes and give the memory back; peer threads go with the worker. */
void pw_peers_abandon(struct pw_peers *peers);

#endif
