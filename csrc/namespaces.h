/* The kinds of namespaces, and who is in which. */
#ifndef PW_NAMESPACES_H
#define PW_NAMESPACES_H

#include <sched.h>
#include <stdint.h>
#include <sys/types.h>

/* clone3 takes it since Linux 6.3, stable kernels since March 2023; clone(2) has no room for it. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#define PW_NAMESPACES_COUNT 8

struct pw_namespace {
	const char *file;       /* in the directory of a process in /proc */
	uint64_t flag;
};

extern const struct pw_namespace pw_namespaces[PW_NAMESPACES_COUNT];

/* 1 if the process is in the same namespace as this one, 0 if not, or negative errno. */
int pw_namespaces_shared(pid_t pid, const struct pw_namespace *kind);
/* Go into new namespaces of these kinds, a user namespace among them, in which this process keeps its
 * user and group and can make files.  Async-signal-safe. */
int pw_namespaces_enter_as_user(int flags);

#endif
