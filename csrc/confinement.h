/*
 * What a process is confined by, as a whole: the mechanisms that a person chooses between.
 *
 * "process" is no more than fork.  "sandbox" adds a seccomp filter and a Landlock ruleset.
 * "container" is a process in one new namespace of every kind, with an empty root, in a cgroup
 * that limits memory and tasks.  "bubblewrap" is a program that bwrap starts with everything
 * unshared, and that sees nothing of the files but itself.
 */
#ifndef PW_CONFINEMENT_H
#define PW_CONFINEMENT_H

#include <sys/types.h>

#include "cgroup.h"

/* What the cgroup of one container may hold. */
#define PW_CONTAINER_BYTES (8ULL * 1024 * 1024)
#define PW_CONTAINER_TASKS 8ULL
/* bwrap, its options, the program with its arguments, and the end. */
#define PW_BUBBLEWRAP_WORDS 24

struct pw_confinement;
struct pw_confinement_wish;

struct pw_confinement_kind {
	const char *name;
	/* Where it could be opened, but not carried out: why, and what would help; or NULL. */
	const char *forbidden;
	/* Before anything else is opened, in the process that will create; or NULL.  On failure nothing
	 * stays open, and *why says what is missing, if that is known. */
	int (*open)(struct pw_confinement *confinement, const struct pw_confinement_wish *wish, const char **why);
	/* Like fork, with negative errno; NULL: fork. */
	pid_t (*create)(const struct pw_confinement *confinement);
	/* In the child: 0 once it is confined.  One that execs returns only where that failed.
	 * Async-signal-safe; NULL: there is nothing to do. */
	int (*enter)(const struct pw_confinement *confinement);
	/* In the child after enter: 1 if the restriction is in force, as the child itself tries; or NULL. */
	int (*is_in_force)(void);
	/* In the parent: 1 if the living child is confined, as the kernel says; or NULL. */
	int (*holds)(const struct pw_confinement *confinement, pid_t pid);
	/* Nothing may be in it any more; or NULL. */
	int (*close)(struct pw_confinement *confinement);
	/* Another program runs in it, not the one that makes it. */
	int execs;
};

struct pw_confinement_wish {
	const struct pw_confinement_kind *kind;
	/* What one that execs runs; the arguments end with NULL, and outlive the confinement. */
	const char *program;
	const char *const *arguments;
	/* What the cgroup of a container may hold. */
	uint64_t bytes;
	uint64_t tasks;
};

struct pw_confinement {
	const struct pw_confinement_kind *kind;
	/* Of the container: descriptors by which it is entered, one for each hierarchy. */
	struct pw_cgroup cgroup;
	int entrance[PW_CGROUP_HIERARCHIES];
	/* Of bubblewrap. */
	char *argv[PW_BUBBLEWRAP_WORDS];
	int silence;                    /* where it complains to */
};

extern const struct pw_confinement_kind pw_confinement_process;
extern const struct pw_confinement_kind pw_confinement_sandbox;
extern const struct pw_confinement_kind pw_confinement_container;
extern const struct pw_confinement_kind pw_confinement_bubblewrap;

/* Their names, in the order of pw_confinement_kinds; both end with NULL. */
extern const char *const pw_confinement_words[];
extern const struct pw_confinement_kind *const pw_confinement_kinds[];

/* On failure nothing stays open, and *why says what is missing, or is NULL; `why` may be NULL. */
int pw_confinement_open(struct pw_confinement *confinement, const struct pw_confinement_wish *wish, const char **why);
/* Like fork; the child is not confined yet. */
pid_t pw_confinement_create(const struct pw_confinement *confinement);
/* The child confines itself. */
int pw_confinement_enter(const struct pw_confinement *confinement);
int pw_confinement_close(struct pw_confinement *confinement);

#endif
