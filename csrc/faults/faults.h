/*
 * Deliberate faults, each with the effect and the cause that the kernel must report
 * for it: the right end for the wrong reason proves nothing.
 *
 * What a supervisor has to do, by the effect, beyond waiting for the process to end:
 *
 *	DEATH, EXIT     nothing
 *	THREAD          where the task is one thread of several, pw_watch_thread: the
 *	                process lives on
 *	REFUSAL         the same; a task that is a process of its own then exits with
 *	                PW_VICTIM_REFUSED
 *	STOP, DEAF      pw_watch_subdue, which sees the effect and then kills: the process
 *	                would never end
 *
 * It may do both for every fault: where there is nothing to do, they return at once.
 */
#ifndef PW_FAULTS_H
#define PW_FAULTS_H

#include <stdint.h>

struct pw_victim;

enum pw_effect {
	PW_EFFECT_DEATH,                /* the process dies of `signal` */
	PW_EFFECT_EXIT,                 /* the process exits with `status` */
	PW_EFFECT_THREAD,               /* the thread dies alone; the last one of a process takes it along, by `signal` */
	PW_EFFECT_REFUSAL,              /* nobody dies: every thread of the process is refused, with errno `refusal` */
	PW_EFFECT_STOP,                 /* every thread of the process stops, by `signal` */
	PW_EFFECT_DEAF                  /* the task spins, and `signal` does not end its process */
};

struct pw_fault {
	const char *name;
	enum pw_effect effect;
	int signal;                     /* 0: no signal has part in it */
	int status;
	int refusal;
	/* si_code: a range, as ud2 and udf differ, or one beside it; equal to code_min if there is none. */
	int code_min;
	int code_max;
	int code_other;
	int check_address;              /* si_addr must be what prepare said */
	/* A handler can see the signal: 0 where the kernel lets nobody catch it, and then the wait
	 * status is all that tells the cause. */
	int recorded;
	/* The signal is one that the process sends itself: the first process of a pid namespace
	 * ignores those, as it has no handler for them. */
	int raised;
	int slow;                       /* takes a second or more: one attempt has to do */
	/* The fault that stands in for this one in a control, where a thread that commits this one spares
	 * its process: one that is sure to take it along.  NULL: the fault itself. */
	const char *control;
	const char *needs;              /* what is missing where commit is NULL or prepare is refused; or NULL */
	/* Leaves what commit is to be given in victim->aim, which is also the si_addr expected unless it
	 * says otherwise.  It changes this process, and for good: the caller is to die.  NULL: nothing to prepare. */
	int (*prepare)(struct pw_victim *victim);
	/* Returns only where the effect is a REFUSAL, or the fault did not happen.  NULL: this build or
	 * architecture has no such fault. */
	void (*commit)(void *aim);
	/* For a REFUSAL: ask for what is to be refused, and give it back at once.  0 or negative errno.
	 * Called in another thread or process it tells whether that one is refused too. */
	int (*attempt)(void);
};

/* NULL where there is no fault of that name, or behind the last one. */
const struct pw_fault *pw_fault_find(const char *name);
const struct pw_fault *pw_fault_at(uint32_t index);

/* This build and architecture have it. */
int pw_fault_exists(const struct pw_fault *fault);
/* A process of several threads survives the fault of one of them. */
int pw_fault_spares_process(const struct pw_fault *fault);
/* The caller is refused what the fault is to be refused; 0 where that is nothing. */
int pw_fault_denies(const struct pw_fault *fault);
int pw_fault_code_matches(const struct pw_fault *fault, int code);

#endif
