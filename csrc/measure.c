/*
 * Cold op, warm-up, then chunks of samples until there are enough or the budget
 * is used up.  Every chunk opens with one op that is neither timed nor counted:
 * it brings driver and peer into step again.
 */
#include "measure.h"

#include <errno.h>

#include "clock.h"
#include "counters.h"
#include "err.h"
#include "mark.h"
#include "rng.h"

#define SYNC_OPS 1

static int begin_chunk(struct pw_measure *m, struct pw_counters_mark *mark, uint64_t ops)
{
	int err = m->peers ? pw_peers_announce(m->peers, SYNC_OPS, ops) : 0;

	if (!err)
		err = m->primitive->drive(m->state, SYNC_OPS);
	return err ? err : pw_counters_mark(mark);
}

static int end_chunk(struct pw_measure *m)
{
	return m->peers ? pw_peers_await(m->peers) : 0;
}

static int cold_op(struct pw_measure *m)
{
	uint32_t source = m->trial->clock;
	uint32_t cpu = 0;
	uint64_t begin;
	int err = m->peers ? pw_peers_announce(m->peers, 0, 1) : 0;

	if (err)
		return err;
	begin = pw_clock_begin(source);
	err = m->primitive->drive(m->state, 1);
	m->result->cold_ticks = pw_clock_end(source, &cpu) - begin;
	return err ? err : end_chunk(m);
}

/* Twice as many ops each time, so that a slow op is not repeated in vain. */
static int warm_up(struct pw_measure *m)
{
	uint64_t end = pw_clock_raw_ns() + m->trial->warmup_ns;
	int err = 0;

	for (uint64_t ops = 1; !err && pw_clock_raw_ns() < end; ops *= 2) {
		struct pw_counters_mark mark;

		err = begin_chunk(m, &mark, ops);
		if (!err)
			err = m->primitive->drive(m->state, ops);
		if (!err)
			err = end_chunk(m);
		m->result->warmup_ops += ops + SYNC_OPS;
	}
	return err;
}

static void spin_until(uint32_t source, uint64_t ticks)
{
	/* As a difference, since either may have wrapped. */
	while ((int64_t)(pw_clock_begin(source) - ticks) < 0)
		continue;
}

/* When the sample begins.  In an open loop that is when it should have begun, however
 * late the one before it ended: the wait in the queue is part of the answer's time. */
static uint64_t begin_sample(const struct pw_trial *trial, uint64_t *intended)
{
	if (!trial->period)
		return pw_clock_begin(trial->clock);
	*intended += trial->period;
	spin_until(trial->clock, *intended);
	return *intended;
}

static void take_readings(struct pw_measure *m, uint64_t sample, uint64_t begin)
{
	const struct pw_marks *marks = pw_marks_of(m->state);
	int64_t *to = m->readings + sample * m->reading_count;

	for (uint32_t i = 0; i < m->reading_count; i++)
		to[i] = marks->value[i] - (m->primitive->readings[i].kind == PW_READING_TICKS ? (int64_t)begin : 0);
}

static int sample_chunk(struct pw_measure *m, uint64_t first, uint64_t n, uint64_t ops)
{
	const struct pw_primitive *primitive = m->primitive;
	const struct pw_trial *trial = m->trial;
	const uint32_t source = trial->clock;
	const uint32_t home = (uint32_t)trial->driver_cpu;
	struct pw_counters_mark mark;
	uint64_t intended;
	int err = begin_chunk(m, &mark, ops);

	intended = pw_clock_begin(source);
	for (uint64_t i = first; !err && i < first + n; i++) {
		uint32_t cpu = home;
		uint64_t begin;

		if (trial->spin_outside)
			spin_until(source, pw_clock_begin(source) + trial->spin_outside * m->ops[i]);
		begin = begin_sample(trial, &intended);

		err = primitive->drive(m->state, m->ops[i]);
		if (trial->spin)
			spin_until(source, pw_clock_begin(source) + trial->spin * m->ops[i]);
		m->ticks[i] = pw_clock_end(source, &cpu) - begin;
		m->result->driver.migrations += cpu != home && trial->driver_cpu >= 0;
		if (m->reading_count)
			take_readings(m, i, begin);
	}
	if (!err)
		err = pw_counters_add(&m->result->driver, &mark, ops);
	return err ? err : end_chunk(m);
}

static int sample(struct pw_measure *m)
{
	const struct pw_trial *trial = m->trial;
	uint64_t end = pw_clock_raw_ns() + trial->budget_ns;
	uint64_t random = trial->seed | 1;
	uint64_t done = 0;
	int err = 0;

	while (!err && done < trial->samples) {
		uint64_t left = trial->samples - done;
		uint64_t n = left < trial->chunk ? left : trial->chunk;
		uint64_t ops = 0;

		for (uint64_t i = done; i < done + n; i++) {
			m->ops[i] = trial->batch + (uint32_t)(pw_rng_next(&random) % (trial->dither + 1ULL));
			ops += m->ops[i];
		}
		err = sample_chunk(m, done, n, ops);
		if (err)
			break;
		done += n;
		m->result->count = done;
		if (trial->budget_ns && pw_clock_raw_ns() >= end)
			break;
	}
	return err;
}

/* Steal is read from the CPU the driver is pinned to. */
static int with_counters(struct pw_measure *m)
{
	struct pw_counters *driver = &m->result->driver;
	int64_t steal = pw_counters_steal(m->trial->driver_cpu);
	int64_t delay = pw_counters_run_delay();
	int err = sample(m);

	driver->run_delay_ns = delay < 0 ? -1 : pw_counters_run_delay() - delay;
	driver->steal_ns = steal < 0 ? -1 : pw_counters_steal(m->trial->driver_cpu) - steal;
	return err;
}

int pw_measure(struct pw_measure *m)
{
	struct pw_result *result = m->result;
	int err = pw_err_at(result, PW_STAGE_CLOCK, pw_clock_anchor(m->trial->clock, &result->begin));

	if (err)
		return err;
	err = cold_op(m);
	if (!err)
		err = warm_up(m);
	if (!err && m->peers)
		pw_peers_recount(m->peers);
	if (!err)
		err = with_counters(m);
	if (pw_err_at(result, PW_STAGE_DRIVE, err))
		return err;
	return pw_err_at(result, PW_STAGE_CLOCK, pw_clock_anchor(m->trial->clock, &result->end));
}
