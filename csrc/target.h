/* The program that a primitive execs, and how it is called. */
#ifndef PW_TARGET_H
#define PW_TARGET_H

#include "partywall.h"

#include "decimal.h"

#define PW_TARGET_ARGUMENTS 6

#define PW_TARGET_TEXT_OF(number) #number
#define PW_TARGET_TEXT(number) PW_TARGET_TEXT_OF(number)
/* The status that proves that a program ran, for one that is told it in words. */
#define PW_TARGET_STATUS_TEXT PW_TARGET_TEXT(PW_TARGET_STATUS)

/* What is asked of a child. */
enum pw_mode {
	PW_MODE_PLAIN,          /* to end at once */
	PW_MODE_MARKED,         /* to say how far it got when */
	PW_MODE_HELD,           /* and to stay alive until it has been looked at */
	PW_MODE_COUNT
};

/* Arguments of the exec target; none of them in plain mode. */
enum pw_target_argument { PW_TARGET_SELF, PW_TARGET_CLOCK, PW_TARGET_REPORT, PW_TARGET_HOLD };

/* What it writes into the descriptor given as PW_TARGET_REPORT. */
struct pw_target_report {
	uint64_t entered;       /* ticks at the first line of main */
	uint64_t left;          /* and at its last */
};

struct pw_target {
	char *argv[PW_MODE_COUNT][PW_TARGET_ARGUMENTS];
	char *envp[1];
	char number[PW_TARGET_HOLD][PW_DECIMAL_MAX];
	char path[PW_PATH_MAX];
};

/* The exec target of the trial: -errno if it cannot be run. */
int pw_target_open(struct pw_target *target, const struct pw_trial *trial);
/* Another program, called the same in every mode.  The arguments, which end with NULL
 * and do not hold the program itself, must outlive the target. */
int pw_target_set(struct pw_target *target, const char *path, const char *const *arguments);
/* The descriptors that the exec target writes to and waits on in the other modes. */
void pw_target_attach(struct pw_target *target, uint32_t clock, int report_fd, int hold_fd);

#endif
