/* The program that the exec primitives run. */
#ifndef PW_TARGET_H
#define PW_TARGET_H

#include "partywall.h"

struct pw_target {
	char *argv[2];
	char *envp[1];
	char path[PW_PATH_MAX];
};

/* The open hook of every primitive that execs: -errno if the target cannot be run. */
int pw_target_open(void *state, const struct pw_trial *trial);

#endif
