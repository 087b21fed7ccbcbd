/* The timed loop, seen by a primitive that writes down how it is called. */
#include <errno.h>

#include "check.h"
#include "fixture.h"
#include "mark.h"
#include "measure.h"
#include "state.h"

#define LOG_SIZE 64

struct log {
	uint64_t ops[LOG_SIZE];
	int calls;
	int fail_at;
};

static int log_drive(void *state, uint64_t ops)
{
	struct log *log = state;

	if (log->calls < LOG_SIZE)
		log->ops[log->calls] = ops;
	log->calls++;
	return log->fail_at && log->calls == log->fail_at ? -EIO : 0;
}

static const struct pw_primitive logging = {
	.name = "logging",
	.state_size = sizeof(struct log),
	.drive = log_drive,
};

static int measure(struct pw_shared *shared, struct log *log)
{
	struct pw_measure m = {
		.primitive = &logging,
		.trial = &shared->trial,
		.result = &shared->result,
		.state = log,
		.ticks = fixture_ticks(shared),
		.ops = fixture_ops(shared),
	};

	return pw_measure(&m);
}

static void cold_sync_and_samples_in_order(struct check *check)
{
	const uint64_t wanted[] = { 1, 1, 7, 7, 7, 7, 1, 7, 7 };
	struct pw_shared *shared = fixture_open(6, "logging");
	struct log log = { .calls = 0 };

	if (!CHECK(check, shared != NULL))
		return;
	shared->trial.batch = 7;
	CHECK_EQ(check, measure(shared, &log), 0);
	CHECK_EQ(check, log.calls, 9);
	CHECK(check, memcmp(log.ops, wanted, sizeof(wanted)) == 0);
	CHECK_EQ(check, shared->result.count, 6);
	CHECK_EQ(check, shared->result.warmup_ops, 0);
	CHECK_EQ(check, shared->result.driver.ops, 6 * 7);
	for (int i = 0; i < 6; i++)
		CHECK_EQ(check, fixture_ops(shared)[i], 7);
	CHECK_EQ(check, fixture_ops(shared)[6], 0);
	CHECK(check, shared->result.end.raw_ns > shared->result.begin.raw_ns);
	CHECK_EQ(check, shared->result.stage, PW_STAGE_NONE);
	fixture_close(shared);
}

static void warm_up_doubles(struct check *check)
{
	struct pw_shared *shared = fixture_open(1, "logging");
	struct log log = { .calls = 0 };

	if (!CHECK(check, shared != NULL))
		return;
	shared->trial.warmup_ns = 200000;
	CHECK_EQ(check, measure(shared, &log), 0);
	CHECK(check, shared->result.warmup_ops >= 2);
	CHECK_EQ(check, log.ops[1], 1);
	CHECK_EQ(check, log.ops[2], 1);
	if (log.calls > 6)
		CHECK_EQ(check, log.ops[4], 2);
	fixture_close(shared);
}

static void dither_stays_in_bounds(struct check *check)
{
	struct pw_shared *shared = fixture_open(50, "logging");
	struct log log = { .calls = 0 };
	int differ = 0;

	if (!CHECK(check, shared != NULL))
		return;
	shared->trial.batch = 10;
	shared->trial.dither = 5;
	CHECK_EQ(check, measure(shared, &log), 0);
	for (int i = 0; i < 50; i++) {
		CHECK(check, fixture_ops(shared)[i] >= 10 && fixture_ops(shared)[i] <= 15);
		differ += fixture_ops(shared)[i] != fixture_ops(shared)[0];
	}
	CHECK(check, differ > 0);
	fixture_close(shared);
}

static void budget_stops_after_a_chunk(struct check *check)
{
	struct pw_shared *shared = fixture_open(50, "logging");
	struct log log = { .calls = 0 };

	if (!CHECK(check, shared != NULL))
		return;
	shared->trial.budget_ns = 1;
	CHECK_EQ(check, measure(shared, &log), 0);
	CHECK_EQ(check, shared->result.count, 4);
	fixture_close(shared);
}

static void errors_come_back_with_the_stage(struct check *check)
{
	/* The cold op, the sync op, a sample of the first and one of the second chunk. */
	const int at[] = { 1, 2, 4, 9 };
	const int counts[] = { 0, 0, 0, 4 };

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		struct pw_shared *shared = fixture_open(8, "logging");
		struct log log = { .fail_at = at[i] };

		if (!CHECK(check, shared != NULL))
			return;
		CHECK_EQ(check, measure(shared, &log), -EIO);
		CHECK_EQ(check, log.calls, at[i]);
		CHECK_EQ(check, shared->result.stage, PW_STAGE_DRIVE);
		CHECK_EQ(check, shared->result.error, EIO);
		CHECK_EQ(check, shared->result.count, counts[i]);
		fixture_close(shared);
	}
}

enum { SINCE, SPAN, NUMBER };

static int marking_drive(void *state, uint64_t ops)
{
	uint64_t begin = pw_mark_begin(state);

	while (pw_clock_raw_ns() < begin + 4000 * ops)
		continue;
	pw_mark_time(state, SINCE);
	pw_mark_span(state, SPAN, begin, 4);
	pw_mark_value(state, NUMBER, 77);
	return 0;
}

static const struct pw_primitive marking = {
	.name = "marking",
	.drive = marking_drive,
	.readings = (const struct pw_reading[]){
		[SINCE] = { "since", PW_READING_TICKS },
		[SPAN] = { "span", PW_READING_SPAN },
		[NUMBER] = { "number", PW_READING_COUNT },
		{ NULL, 0 },
	},
};

static void readings_by_their_kind(struct check *check)
{
	struct pw_shared *shared = fixture_open(2, "marking");
	int64_t readings[2 * 3] = { 0 };
	struct pw_measure m = {
		.primitive = &marking,
		.reading_count = 3,
		.readings = readings,
	};

	if (!CHECK(check, shared != NULL))
		return;
	shared->trial.readings = 1;
	m.trial = &shared->trial;
	m.result = &shared->result;
	m.ticks = fixture_ticks(shared);
	m.ops = fixture_ops(shared);
	CHECK_EQ(check, pw_state_open(&marking, &shared->trial, &m.state), 0);
	CHECK_EQ(check, pw_measure(&m), 0);
	for (int i = 0; i < 2; i++) {
		const int64_t *r = readings + (ptrdiff_t)3 * i;

		CHECK(check, r[SINCE] >= 4000 && r[SINCE] <= (int64_t)m.ticks[i]);
		CHECK(check, r[SPAN] >= 1000 && r[SPAN] <= (int64_t)m.ticks[i] / 4);
		CHECK_EQ(check, r[NUMBER], 77);
	}
	pw_state_close(&marking, m.state);
	fixture_close(shared);
}

static void clock_that_is_not_there(struct check *check)
{
	struct pw_shared *shared = fixture_open(1, "logging");
	struct log log = { .calls = 0 };

	if (!CHECK(check, shared != NULL))
		return;
	shared->trial.clock = 77;
	CHECK_EQ(check, measure(shared, &log), -EOPNOTSUPP);
	CHECK_EQ(check, shared->result.stage, PW_STAGE_CLOCK);
	CHECK_EQ(check, log.calls, 0);
	fixture_close(shared);
}

static const struct check_test tests[] = {
	{ "cold_sync_and_samples_in_order", cold_sync_and_samples_in_order },
	{ "warm_up_doubles", warm_up_doubles },
	{ "dither_stays_in_bounds", dither_stays_in_bounds },
	{ "budget_stops_after_a_chunk", budget_stops_after_a_chunk },
	{ "errors_come_back_with_the_stage", errors_come_back_with_the_stage },
	{ "readings_by_their_kind", readings_by_their_kind },
	{ "clock_that_is_not_there", clock_that_is_not_there },
	{ NULL, NULL },
};

const struct check_suite suite_measure = { "measure", tests };
