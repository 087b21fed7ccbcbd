/* A process in a confinement that says it is there, and from then on gives back each byte that it is sent. */
#ifndef PW_GUEST_H
#define PW_GUEST_H

#include "confinement.h"

struct pw_guest {
	pid_t pid;
	int out;                /* to the guest */
	int in;                 /* from it */
};

/* The arguments with which the exec target is such a guest. */
extern const char *const pw_guest_arguments[];

/* Returns once it sleeps, confined as it and the kernel say.  On failure nothing stays behind. */
int pw_guest_start(struct pw_guest *guest, const struct pw_confinement *confinement);
/* One call and its answer. */
int pw_guest_ask(const struct pw_guest *guest);
/* -ECHILD if it has not lived until now. */
int pw_guest_end(struct pw_guest *guest);

#endif
