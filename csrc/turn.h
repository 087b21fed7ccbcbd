/*
 * Whose turn it is: a word in shared memory on which the other side sleeps.  All
 * that one side wrote before it gave the turn away is seen by the side that gets it.
 */
#ifndef PW_TURN_H
#define PW_TURN_H

#include "futex.h"

enum pw_side { PW_DRIVER, PW_PEER, PW_SIDES };

static inline enum pw_side pw_side_other(enum pw_side self)
{
	return self == PW_DRIVER ? PW_PEER : PW_DRIVER;
}

struct pw_turn {
	/* A line of its own: who polls it must not slow down who reads its neighbours. */
	_Alignas(64) _Atomic uint32_t side;     /* zeroed: the driver's */
};

static inline int pw_turn_give(struct pw_turn *turn, enum pw_side to)
{
	return pw_futex_post(&turn->side, to);
}

static inline int pw_turn_await(struct pw_turn *turn, enum pw_side self)
{
	return pw_futex_wait_while(&turn->side, pw_side_other(self));
}

#endif
