/*
 * What the primitives that create one child share: create, wait, check the status; and
 * where the trial asks for readings, the phases of it.
 *
 * A primitive gives the one call that creates, and says in which way the child ends.
 * The child of a plain op reads and writes no memory that it would not have read and
 * written without readings: that might cost it a page fault.
 */
#ifndef PW_CHILD_H
#define PW_CHILD_H

#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

#include "mark.h"
#include "primitive.h"
#include "target.h"
#include "task.h"

/* Names of the readings, in the order of pw_child_phases. */
enum pw_phase {
	PW_PHASE_CALL_RETURNS,
	PW_PHASE_CHILD_STARTS,
	PW_PHASE_EXEC_SEEN,
	PW_PHASE_EXITS,
	PW_PHASE_PARENT_FAULTS,
	PW_PHASE_CHILD_FAULTS,
	PW_PHASE_CHILD_PAGE_TABLES,
	PW_PHASE_COUNT
};

/* Passed by value, so that a child finds it in a register or on its stack. */
struct pw_birth {
	uint32_t mode;          /* enum pw_mode */
	uint32_t clock;
};

/* The state of such a primitive, or the head of it. */
struct pw_child {
	struct pw_target target;
	int32_t error;          /* errno that a child met before it could end as it should */
	uint8_t reading[PW_PHASE_COUNT];
	int report[2];          /* pipe for what an exec'd or held child has to say */
	int hold[2];            /* pipe whose end lets a held child go */
};

struct pw_creation {
	/* The child's number, or negative errno; the child does not return. */
	pid_t (*create)(struct pw_child *child, struct pw_birth birth);
	/* What is exec'd, if anything is. */
	int (*program)(struct pw_target *target, const struct pw_trial *trial);
	/* Whether the child is what it should be, while it lives; or NULL. */
	int (*inspect)(struct pw_child *child, pid_t pid);
	const struct pw_reading *readings;
};

/* Without exec; without exec in the parent's own memory; with exec of the exec target;
 * with exec of another program. */
extern const struct pw_reading pw_child_exit_readings[];
extern const struct pw_reading pw_child_borrow_readings[];
extern const struct pw_reading pw_child_exec_readings[];
extern const struct pw_reading pw_child_program_readings[];

/* The open hook.  Where the child has to be looked at, one is created that lives as long
 * as that takes, so that no timed one has to. */
int pw_child_open(struct pw_child *child, const struct pw_trial *trial, const struct pw_creation *creation);
/* The close hook. */
void pw_child_close(void *state);

/* The minor faults of this task so far. */
int64_t pw_child_faults(void);
/* Wait for a child whose phases are noted; `faults` are those of the parent before it. */
int pw_child_reap_marked(struct pw_child *child, pid_t pid, struct pw_birth birth, int64_t faults);
/* For a child that is held: say so, and return once it may go. */
void pw_child_stay(struct pw_child *child);

static inline int64_t pw_child_clock(struct pw_birth birth)
{
	uint32_t cpu;

	return birth.mode == PW_MODE_PLAIN ? 0 : (int64_t)pw_clock_end(birth.clock, &cpu);
}

static inline void pw_child_mark(struct pw_child *child, enum pw_phase phase, int64_t value)
{
	if (child->reading[phase] < PW_READINGS_MAX)
		pw_mark_value(child, child->reading[phase], value);
}

/* The first thing that a child does. */
static inline void pw_child_begin(struct pw_child *child, struct pw_birth birth)
{
	int64_t now = pw_child_clock(birth);

	if (birth.mode != PW_MODE_PLAIN)
		pw_child_mark(child, PW_PHASE_CHILD_STARTS, now);
}

/* The end of a child that failed: the parent takes the error for that of the op. */
_Noreturn static inline void pw_child_fail(struct pw_child *child, int error)
{
	child->error = error;
	_exit(PW_TARGET_STATUS + 1);
}

_Noreturn static inline void pw_child_exit(struct pw_child *child, struct pw_birth birth)
{
	if (birth.mode == PW_MODE_HELD)
		pw_child_stay(child);
	if (birth.mode != PW_MODE_PLAIN)
		pw_child_mark(child, PW_PHASE_EXITS, pw_child_clock(birth));
	_exit(PW_TARGET_STATUS);
}

_Noreturn static inline void pw_child_exec(struct pw_child *child, struct pw_birth birth)
{
	execve(child->target.path, child->target.argv[birth.mode], child->target.envp);
	pw_child_fail(child, errno);
}

/* The call that creates, for those that fork and exec. */
static inline pid_t pw_child_fork_exec(struct pw_child *child, struct pw_birth birth)
{
	pid_t pid = fork();

	if (pid == 0) {
		pw_child_begin(child, birth);
		pw_child_exec(child, birth);
	}
	return pid < 0 ? -errno : pid;
}

/* Wait for a plain child. */
static inline int pw_child_reap(struct pw_child *child, pid_t pid)
{
	int err = pw_task_wait_exit(pid, PW_TARGET_STATUS);

	return err == -ECHILD && child->error ? -child->error : err;
}

/* The drive hook, given the call that creates. */
static inline int pw_child_drive(struct pw_child *child, uint64_t ops,
				 pid_t (*create)(struct pw_child *child, struct pw_birth birth))
{
	const struct pw_marks *marks = pw_marks_of(child);
	const struct pw_birth birth = {
		.mode = marks->on ? PW_MODE_MARKED : PW_MODE_PLAIN, .clock = marks->source,
	};
	int err = 0;

	while (!err && ops--) {
		int64_t faults = birth.mode == PW_MODE_PLAIN ? 0 : pw_child_faults();
		pid_t pid = create(child, birth);

		if (birth.mode != PW_MODE_PLAIN)
			pw_child_mark(child, PW_PHASE_CALL_RETURNS, pw_child_clock(birth));
		if (pid < 0)
			err = pid;
		else
			err = birth.mode == PW_MODE_PLAIN ? pw_child_reap(child, pid)
							  : pw_child_reap_marked(child, pid, birth, faults);
	}
	return err;
}

#endif
