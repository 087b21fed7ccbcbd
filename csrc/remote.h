/*
 * A channel whose sides reach into each other's private memory.  The addresses are
 * the same on both sides, since the buffers were there before the peer; each side
 * learns the other's pid here.
 */
#ifndef PW_REMOTE_H
#define PW_REMOTE_H

#include "exchange.h"

struct pw_remote {
	struct pw_exchange exchange;
	_Atomic uint32_t pid[PW_SIDES]; /* 0: not known yet */
	uint32_t met;
	struct pw_turn turn;
};

int pw_remote_open(void *state, const struct pw_trial *trial);
/* At the beginning of drive and of serve: from then on both sides may be reached. */
int pw_remote_meet(struct pw_remote *remote, enum pw_side self);
void pw_remote_close(void *state);

/* process_vm_readv of what the other side sends, into the own buffer. */
int pw_remote_fetch(struct pw_remote *remote, enum pw_side self);
/* process_vm_writev of what this side sends, into the other's buffer. */
int pw_remote_store(struct pw_remote *remote, enum pw_side self);

#endif
