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
	PW_VICTIM_FAILED = 78           /* it did not come as far as the fault: see error */
};

enum pw_ending { PW_ENDING_CRASHED, PW_ENDING_UNHURT, PW_ENDING_FAILED, PW_ENDING_OTHER };

/* Lies in a shared mapping, so that it outlives the victim. */
struct pw_victim {
	volatile uint64_t stamp;        /* ticks right before the fault */
	volatile uint64_t expected_address;
	volatile uint64_t address;      /* this and the next two: what the handler was told */
	volatile int32_t signal;
	volatile int32_t code;
	volatile int32_t error;
	volatile uint64_t scribbled;    /* bytes the victim spoiled before it fell */
	_Alignas(64) unsigned char stack[PW_VICTIM_STACK];
};

struct pw_victim *pw_victim_open(void);         /* NULL with errno set */
void pw_victim_close(struct pw_victim *victim); /* NULL is left alone */

/* First thing in a process that is to fall: bound to `parent`, default signals, no core. */
int pw_victim_enter(pid_t parent);
/* Have the first delivery of the fault's signal noted in *victim; the second one kills. */
int pw_victim_record(struct pw_victim *victim, const struct pw_fault *fault);
/* Stamp and commit the fault.  Ends the process whatever happens. */
_Noreturn void pw_victim_fall(struct pw_victim *victim, const struct pw_fault *fault, uint32_t clock);
_Noreturn void pw_victim_fail(struct pw_victim *victim, int err);

enum pw_ending pw_victim_ending(const struct pw_fault *fault, int status);
/* Did the handler see the declared signal and si_code, and the declared address? */
int pw_victim_code_expected(const struct pw_victim *victim, const struct pw_fault *fault);
int pw_victim_address_expected(const struct pw_victim *victim, const struct pw_fault *fault);

#endif
