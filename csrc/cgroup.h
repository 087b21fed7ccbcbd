/* A cgroup with limits that goes away again. */
#ifndef PW_CGROUP_H
#define PW_CGROUP_H

#include <stdint.h>
#include <sys/types.h>

#include "cgroup_place.h"
#include "guardian.h"
#include "io.h"

struct pw_cgroup {
	uint32_t version;
	uint32_t count;         /* of directories: in v1 each controller has one */
	char path[PW_CGROUP_HIERARCHIES][PW_PATH_MAX];
	char name[PW_IO_NAME_SIZE];
	struct pw_guardian guardian;
};

/*
 * Make a cgroup that may hold so many bytes and tasks.  On failure *why says what is missing.
 * A guardian, a child of ours, takes it away at close, and also where this process is
 * killed before that: call this before opening what nobody else may hold open.
 */
int pw_cgroup_open(struct pw_cgroup *cgroup, uint64_t bytes, uint64_t tasks, const char **why);
/* Move the calling process there.  Async-signal-safe, as is the next. */
int pw_cgroup_enter(const struct pw_cgroup *cgroup);
/* 1 if the process is there, as the kernel says; the calling one. */
int pw_cgroup_holds(const struct pw_cgroup *cgroup, pid_t pid);
int pw_cgroup_holds_self(const struct pw_cgroup *cgroup);
/* The number in one of its files, or negative errno. */
int64_t pw_cgroup_number(const struct pw_cgroup *cgroup, uint32_t hierarchy, const char *file);
/* Nothing may be in it any more.  0, or negative errno if it could not be taken away. */
int pw_cgroup_close(struct pw_cgroup *cgroup);

#endif
