/*
 * A task that is to fall, in whatever host: what it is told, and what it tells.
 *
 * It lies in a shared mapping with a descriptor, so that a program that was exec'd finds it too.
 */
#ifndef PW_FALLER_H
#define PW_FALLER_H

#include <stdatomic.h>
#include <stdint.h>

#include "canary.h"
#include "faults/victim.h"
#include "partywall.h"

struct pw_faller {
	char fault[PW_NAME_MAX];
	int32_t parent;                 /* as the task's own getppid says it */
	int32_t cpu;
	uint32_t clock;
	uint32_t noted;                 /* 1: spoil the canary first, and have the cause noted */
	uint32_t harmless;              /* 1: stop short of the fault, the control */
	int32_t heir;                   /* a descriptor that an exec'd task has to keep, or -1 */
	_Atomic uint32_t gate;          /* 1: fall */
	volatile int32_t pid;           /* as it is in the task's own namespace */
	_Atomic uint32_t ready;         /* 1: it has come to the gate */
	volatile int32_t confined;      /* 1: the host's restriction is in force, as the task has tried */
	volatile int32_t made;          /* the number of the task, or negative errno, as one who made it for us says */
	struct pw_victim victim;
};

/* 0 or negative errno; close is due in both cases. */
int pw_faller_open(struct pw_faller **faller, int *fd);
/* For a program that was exec'd: NULL with errno set. */
struct pw_faller *pw_faller_attach(int fd);
void pw_faller_close(struct pw_faller *faller, int *fd);

/* Ready for another attempt. */
void pw_faller_forget(struct pw_faller *faller);
/* In a process of its own: bound to its parent, default signals, no core, on its CPU. */
int pw_faller_enter(const struct pw_faller *faller);
/* All that comes before the gate, and the gate.  A failure ends the process. */
void pw_faller_approach(struct pw_faller *faller, const struct pw_fault *fault, struct pw_canary *canary);
/* For a task that is a process of its own: approach, and fall or stop short of it. */
_Noreturn void pw_faller_fall(struct pw_faller *faller, const struct pw_fault *fault, struct pw_canary *canary);
/* Let it fall.  On the same CPU it gives the one who called this another chance to wait for that first. */
int pw_faller_release(struct pw_faller *faller);

#endif
