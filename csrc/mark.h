/*
 * Readings that a primitive takes inside an op: when a phase was reached, how many
 * faults it took, how many bytes something holds.  They lie before the state, in
 * memory that driver, peers and forked children share, and do nothing unless the
 * trial asks for them, so that the plain op is timed without them.
 */
#ifndef PW_MARK_H
#define PW_MARK_H

#include "clock.h"

#define PW_STATE_ALIGN 64

struct pw_marks {
	_Alignas(PW_STATE_ALIGN) uint32_t on;
	uint32_t source;                        /* enum pw_clock_source */
	int64_t value[PW_READINGS_MAX];
	const char *why;                        /* open failed, in words; or NULL */
};

static inline struct pw_marks *pw_marks_of(void *state)
{
	return (struct pw_marks *)state - 1;
}

static inline int pw_marks_on(void *state)
{
	return pw_marks_of(state)->on != 0;
}

/* Note the time for a reading of kind PW_READING_TICKS. */
static inline void pw_mark_time(void *state, uint32_t reading)
{
	struct pw_marks *marks = pw_marks_of(state);
	uint32_t cpu;

	if (marks->on)
		marks->value[reading] = (int64_t)pw_clock_end(marks->source, &cpu);
}

/* Note a time that another program took from the same clock. */
static inline void pw_mark_ticks(void *state, uint32_t reading, uint64_t ticks)
{
	pw_marks_of(state)->value[reading] = (int64_t)ticks;
}

/* Where a span begins, for pw_mark_span; 0 where no readings are taken. */
static inline uint64_t pw_mark_begin(void *state)
{
	const struct pw_marks *marks = pw_marks_of(state);

	return marks->on ? pw_clock_begin(marks->source) : 0;
}

/* Note what one of `parts` equal parts took since `begin`, for a reading of kind PW_READING_SPAN. */
static inline void pw_mark_span(void *state, uint32_t reading, uint64_t begin, uint32_t parts)
{
	struct pw_marks *marks = pw_marks_of(state);
	uint32_t cpu;

	if (marks->on)
		marks->value[reading] = (int64_t)(pw_clock_end(marks->source, &cpu) - begin) / parts;
}

/* Note the value of a reading of another kind. */
static inline void pw_mark_value(void *state, uint32_t reading, int64_t value)
{
	pw_marks_of(state)->value[reading] = value;
}

/* For open: say in words why it fails, and what would help.  Returns `err`. */
static inline int pw_mark_refusal(void *state, int err, const char *why)
{
	pw_marks_of(state)->why = why;
	return err;
}

#endif
