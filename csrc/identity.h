/* Who a process is: its user, its groups and its capabilities. */
#ifndef PW_IDENTITY_H
#define PW_IDENTITY_H

#include <sys/types.h>

struct pw_identity {
	uid_t uid;
	gid_t gid;
	int privileged;                 /* keep the capabilities */
};

/* This process as it is; `privileged` says whether it keeps its capabilities. */
struct pw_identity pw_identity_own(int privileged);
/*
 * Users of whom no process is seen here, and no two of them the same.  -EPERM where this
 * process may not become another user.
 */
int pw_identity_pick(struct pw_identity *out, int count);
/* One ordinary user: as root such a one, and anybody else is one already. */
int pw_identity_ordinary(struct pw_identity *who);
/*
 * Become it: all three user numbers, all three group numbers, no other group, and unless
 * it is privileged no capability.  0 once all of it is so, -EPERM where it is not allowed.
 */
int pw_identity_take(const struct pw_identity *who);
/* How many capabilities this process has, in force or in store; negative errno if not known. */
int pw_identity_capabilities(void);
/* 1 if it may act on the capability, 0 if not. */
int pw_identity_can(int capability);

#endif
