/* A process that makes others, as they do in turn, until the kernel refuses: in bounds. */
#ifndef PW_BOMB_H
#define PW_BOMB_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "duplex.h"

/* Whatever the limit is: no more forks than that are ever tried. */
#define PW_BOMB_MOST 64

/* Lies in a shared mapping. */
struct pw_bomb_tally {
	_Atomic uint32_t tried;
	_Atomic uint32_t members;       /* made, beside the first one */
	_Atomic uint32_t settled;       /* of all of them: they make no more */
	_Atomic uint32_t refused;
	_Atomic int32_t refusal;        /* errno of it, as a positive number */
	_Atomic int32_t error;          /* of the first one, before it began */
};

struct pw_bomb {
	struct pw_bomb_tally *tally;
	struct pw_duplex duplex;
	pid_t pid;                      /* of the first one; 0: there is none */
};

/* Close is always due, even where this fails. */
int pw_bomb_open(struct pw_bomb *bomb);
/* Returns once all of them have come to a halt.  `confine` runs in the first one, and has to
 * prove that the limit is in force; it is -errno where it is not. */
int pw_bomb_start(struct pw_bomb *bomb, int (*confine)(void *argument), void *argument);
/* Have them end, which they do by themselves too where we are killed, and reap them. */
int pw_bomb_end(struct pw_bomb *bomb);
void pw_bomb_close(struct pw_bomb *bomb);

#endif
