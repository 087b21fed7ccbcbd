/* The task that falls: how it gets ready, what it leaves behind, how it ended. */
#ifndef PW_VICTIM_H
#define PW_VICTIM_H

#include <stdint.h>
#include <sys/types.h>

#include "faults.h"

#define PW_VICTIM_STACK (64 * 1024)

/* Exit statuses of a victim that no signal killed. */
enum pw_victim_exit {
	PW_VICTIM_UNHURT = 77,          /* it came past the fault */
	PW_VICTIM_FAILED = 78,          /* it did not come as far as the fault: see error */
	PW_VICTIM_REFUSED = 79          /* it was refused, as the fault declares */
};

/* CRASHED: it ended as its fault declares, whatever the effect is. */
enum pw_ending { PW_ENDING_CRASHED, PW_ENDING_UNHURT, PW_ENDING_FAILED, PW_ENDING_OTHER };

/* Lies in a shared mapping, so that it outlives the victim. */
struct pw_victim {
	volatile uint64_t stamp;        /* ticks right before the fault; 0: not come so far */
	volatile uint64_t expected_address;
	volatile uint64_t expected_span;        /* bytes from there on in which si_addr must lie; 0: just there */
	volatile uint64_t address;      /* this and the next two: what the handler was told */
	volatile int32_t signal;
	volatile int32_t code;
	volatile int32_t error;
	volatile int32_t refused;       /* errno of what was attempted, as a positive number */
	volatile int32_t past;          /* 1: commit returned */
	volatile int32_t tid;           /* of the task that falls */
	volatile int32_t subdued;       /* 1: it stopped, or was deaf, and the supervisor killed it */
	volatile uint64_t beats;        /* a deaf victim adds one for each system call that it returned from */
	volatile uint64_t scribbled;    /* bytes the victim spoiled before it fell */
	void *aim;                      /* what prepare left for commit */
	_Alignas(64) unsigned char stack[PW_VICTIM_STACK];
};

struct pw_victim *pw_victim_open(void);         /* NULL with errno set */
void pw_victim_close(struct pw_victim *victim); /* NULL is left alone */
/* Ready for another attempt. */
void pw_victim_forget(struct pw_victim *victim);

/* First thing in a process that is to fall: bound to `parent`, default signals, no core. */
int pw_victim_enter(pid_t parent);
/* Have the first delivery of the fault's signal noted in *victim; the second one kills.  Of the
 * calling thread; nothing where the signal cannot be caught. */
int pw_victim_record(struct pw_victim *victim, const struct pw_fault *fault);
/* Prepare, stamp and commit the fault.  Returns only where that has not ended the task. */
void pw_victim_commit(struct pw_victim *victim, const struct pw_fault *fault, uint32_t clock);
/* The same, and ends the process whatever happens: for a task that is a process of its own, and for
 * a thread whose process the fault does not spare. */
_Noreturn void pw_victim_fall(struct pw_victim *victim, const struct pw_fault *fault, uint32_t clock);
_Noreturn void pw_victim_fail(struct pw_victim *victim, int err);

/* Of a process that has ended: by itself, or as pw_watch_subdue ended it. */
enum pw_ending pw_victim_ending(const struct pw_fault *fault, int status);
/* Of a thread that has ended while its process lives on. */
enum pw_ending pw_victim_ending_alone(const struct pw_victim *victim, const struct pw_fault *fault);
/* The signal and the exit status with which a process must end; 0 for none. */
int pw_victim_signal_due(const struct pw_fault *fault);
int pw_victim_status_due(const struct pw_fault *fault);
/* Did the handler see the declared signal and si_code, and the declared address?  Of a signal that
 * cannot be caught it must have seen nothing. */
int pw_victim_code_expected(const struct pw_victim *victim, const struct pw_fault *fault);
int pw_victim_address_expected(const struct pw_victim *victim, const struct pw_fault *fault);

#endif
