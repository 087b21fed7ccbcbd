/*
 * In what a task falls.
 *
 * Either in memory of its own: then it is a child of the supervisor, and the host says how that is
 * made and confined.  Or as the inmate of a sacrificial process, whose memory it shares.
 */
#ifndef PW_HOST_H
#define PW_HOST_H

#include <stdint.h>
#include <sys/types.h>

#include "cgroup.h"
#include "inmate.h"

struct pw_crash;
struct pw_probe;

/* What hosts keep while a probe runs. */
struct pw_lodging {
	struct pw_cgroup cgroup;
	uint64_t namespaces;            /* flags of clone */
	pid_t init;                     /* the first process of the new pid namespace */
	int init_fd;                    /* a pidfd of it */
};

struct pw_host {
	const char *name;
	enum pw_inmate_kind inmate;     /* NONE: memory of its own.  All that follows is for those */
	/* Before anything else is opened.  Close is due even where it fails; or NULL. */
	int (*open)(struct pw_crash *crash);
	/* Like fork, with negative errno; NULL: fork.  `body` does not return. */
	pid_t (*create)(struct pw_crash *crash, void (*body)(struct pw_crash *crash));
	/* In the child, before it falls; sets faller->confined once it has seen the restriction in force.
	 * NULL: there is none.  One that execs returns only where that failed. */
	int (*confine)(struct pw_crash *crash);
	/* Facts about the child, which is at its gate; or NULL. */
	int (*inspect)(struct pw_crash *crash, pid_t pid);
	/* -errno where something stays behind; or NULL. */
	int (*close)(struct pw_crash *crash);
};

extern const struct pw_host pw_host_exec;
extern const struct pw_host pw_host_namespaces;
extern const struct pw_host pw_host_seccomp;
extern const struct pw_host pw_host_landlock;
extern const struct pw_host pw_host_cgroup;

/* The host that the trial asks for; NULL if it asks for none of them. */
const struct pw_host *pw_host_find(const struct pw_probe *probe);

#endif
