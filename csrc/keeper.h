/*
 * A process that keeps a secret in its private memory, and another behind a descriptor.
 * It says where they lie and never what they are; afterwards it compares what an attacker
 * brought home, and says how much of that was the secret and how much of its own is spoilt.
 */
#ifndef PW_KEEPER_H
#define PW_KEEPER_H

#include <stdint.h>
#include <sys/types.h>

#include "duplex.h"
#include "identity.h"
#include "route.h"

struct pw_keeper_plan {
	struct pw_identity who;
	int dumpable;
	int any_tracer;                 /* Yama, where there is one, is told to let every process trace it */
	const struct pw_loot *loot;     /* in shared memory */
};

/* What it finds on a look at itself. */
struct pw_keeper_look {
	uint64_t seen;                  /* bytes of the loot that are the secret in memory */
	uint64_t seen_descriptor;       /* ... or the one behind the descriptor */
	uint64_t changed;               /* bytes of its memory that are not as they were */
	uint64_t checksum;
};

struct pw_keeper {
	pid_t pid;                      /* 0: there is none, or it is reaped */
	struct pw_duplex duplex;
	struct pw_aim aim;
	int dumpable;                   /* as the kernel says */
	uid_t uid;
	uint64_t checksum;              /* before anything happened */
};

/* It is ready when this returns 0; else the errno with which it failed.  Close is always due. */
int pw_keeper_open(struct pw_keeper *keeper, const struct pw_keeper_plan *plan);
/* -EPIPE if it is dead. */
int pw_keeper_look(struct pw_keeper *keeper, struct pw_keeper_look *look);
/* Tell it to end, and reap it.  -ECHILD if it did not end in order. */
int pw_keeper_end(struct pw_keeper *keeper);
/* Kill and reap what is left, and close the pipes. */
void pw_keeper_close(struct pw_keeper *keeper);

/* Random bytes, none of which is zero. */
int pw_keeper_draw(unsigned char *secret, size_t size);

#endif
