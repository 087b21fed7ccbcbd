/*
 * One attack on a secret: a process that keeps it, another one that goes a way to it, and
 * the keeper's own word on what was seen and what was changed.  Attack and control are
 * the same call, with another attacker or another keeper.
 */
#ifndef PW_RAID_H
#define PW_RAID_H

#include <stdint.h>

#include "identity.h"
#include "route.h"
#include "wall.h"

struct pw_raid {
	struct pw_identity keeper;
	struct pw_identity attacker;
	int dumpable;                   /* of the keeper */
	int any_tracer;                 /* Yama lets every process trace the keeper, so that only the rest decides */
	/* What the attacker does to itself first; negative errno where it cannot.  May fork:
	 * the attack is then made by whoever returns 0.  NULL: nothing. */
	int (*confine)(void);
};

struct pw_spoils {
	int64_t tried;
	int64_t error;                  /* errno of the refusal; 0: none */
	int64_t second;                 /* ... of another call to the same end; -1: there is none */
	int64_t seen;                   /* bytes of the secret */
	int64_t changed;                /* bytes of the keeper's memory */
	int64_t checksum_before;
	int64_t checksum_after;
	int64_t dumpable;               /* of the keeper, as read back */
	int64_t keeper_uid;
	int64_t attacker_uid;
	int64_t capabilities;           /* of the attacker */
	int64_t kill_error;             /* errno of kill(keeper, 0) by the attacker */
};

/* 0 once the attacker was there and the keeper answers for itself, whatever came of it. */
int pw_raid(const struct pw_raid *raid, const struct pw_route *route, struct pw_spoils *spoils);

/* 1 if it saw and changed all that this way can. */
int pw_raid_came_through(const struct pw_route *route, const struct pw_spoils *spoils);
/* 1 if the answer is no: of the check of access, a filter, or a kernel that lacks the call. */
int pw_raid_refused(const struct pw_spoils *spoils);
/* 1 if it is the no of `refusal`, or there was none: any other would prove something else. */
int pw_raid_answered(const struct pw_spoils *spoils, int refusal);
/* Say in words why no control is possible, given the one that was refused; returns the errno. */
int pw_raid_refuse_control(struct pw_probe *probe, const struct pw_spoils *control);

#endif
