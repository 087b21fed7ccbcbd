/*
 * One trial, seen from inside: image, pin, open, peer, measure, close.  The
 * same code runs in the pristine executable and in a child of the caller.
 */
#include "worker.h"

#include <alloca.h>
#include <errno.h>
#include <stdint.h>

#include "err.h"
#include "image.h"
#include "measure.h"
#include "peer.h"
#include "rival.h"
#include "setting.h"
#include "state.h"
#include "task.h"
#include "wall.h"

#define SEED_BITS_OF_PADDING 12
#define STACK_OFFSETS 256
#define STACK_STEP 16

static int measure_with_peers(struct pw_measure *m)
{
	struct pw_peers peers = {
		.primitive = m->primitive, .trial = m->trial, .result = m->result, .state = m->state,
	};
	int err = pw_peers_start(&peers);

	m->peers = &peers;
	if (!err)
		err = pw_measure(m);
	if (!err)
		err = pw_err_at(m->result, PW_STAGE_REAP, pw_peers_stop(&peers, &m->result->party));
	if (err)
		pw_peers_abandon(&peers);
	return err;
}

static uint32_t count_readings(const struct pw_primitive *primitive)
{
	uint32_t count = 0;

	while (primitive->readings && primitive->readings[count].name)
		count++;
	return count;
}

static int measure(struct pw_shared *shared, const struct pw_primitive *primitive)
{
	const struct pw_trial *trial = &shared->trial;
	struct pw_result *result = &shared->result;
	struct pw_measure m = {
		.primitive = primitive,
		.trial = trial,
		.result = result,
		.ticks = pw_shared_ticks(shared),
		.ops = pw_shared_ops(shared),
		.readings = pw_shared_readings(shared),
	};
	const char *why;
	int err;

	if (!primitive)
		return pw_err_at(result, PW_STAGE_ATTACH, -ENOENT);
	m.reading_count = trial->readings ? count_readings(primitive) : 0;
	if (pw_primitive_peers(primitive) != (trial->peer != PW_PEER_NONE) || m.reading_count > shared->reading_count)
		return pw_err_at(result, PW_STAGE_ATTACH, -EINVAL);
	err = pw_err_at(result, PW_STAGE_OPEN, pw_state_open_or_say(primitive, trial, &m.state, &why));
	if (err) {
		if (why)
			pw_err_words(result, why);
		return err;
	}
	err = trial->peer == PW_PEER_NONE ? pw_measure(&m) : measure_with_peers(&m);
	/* A peer thread that still serves needs what close would take away. */
	if (!err)
		pw_state_close(primitive, m.state);
	return err;
}

static int prove(struct pw_shared *shared)
{
	const struct pw_wall *wall = pw_wall_find(shared->trial.subject);
	struct pw_probe probe = {
		.trial = &shared->trial,
		.result = &shared->result,
		.ticks = pw_shared_ticks(shared),
		.ops = pw_shared_ops(shared),
		.capacity = shared->capacity,
	};

	if (!wall)
		return pw_err_at(&shared->result, PW_STAGE_ATTACH, -ENOENT);
	return pw_err_at(&shared->result, PW_STAGE_PROBE, wall->probe(&probe));
}

/* Rivals first: once the driver is pinned, their CPUs are no longer known. */
static int prepare(const struct pw_trial *trial, struct pw_result *result, const struct pw_primitive *primitive)
{
	uint64_t creators = pw_setting_number(trial, "creators", 1);
	int err;

	pw_task_raise_descriptors();
	err = pw_err_at(result, PW_STAGE_IMAGE, pw_image_build(trial));
	if (!err && primitive && creators > 1)
		err = pw_err_at(result, PW_STAGE_RIVAL, pw_rivals_start(primitive, trial, creators - 1));
	if (!err)
		err = pw_err_at(result, PW_STAGE_PIN, pw_task_pin(trial->driver_cpu));
	if (!err)
		err = pw_err_at(result, PW_STAGE_PIN, pw_task_govern(trial));
	return err;
}

static int run(struct pw_shared *shared, const struct pw_primitive *primitive)
{
	struct pw_result *result = &shared->result;
	const struct pw_trial *trial = &shared->trial;
	/* Where the stack lies decides which cache sets it hits (Mytkowicz et al. 2009).  Other bits of
	 * the seed than those that the environment's size is made of: the two add up. */
	volatile char *offset = alloca(STACK_STEP * (1 + (trial->seed >> SEED_BITS_OF_PADDING) % STACK_OFFSETS));
	int err;

	offset[0] = 0;
	err = prepare(trial, result, primitive);
	if (!err)
		err = trial->task == PW_TASK_PROVE ? prove(shared) : measure(shared, primitive);
	if (!err)
		result->finished = 1;
	return err;
}

int pw_worker_run(struct pw_shared *shared)
{
	return run(shared, shared->trial.task == PW_TASK_MEASURE ? pw_primitive_find(shared->trial.subject) : NULL);
}

int pw_worker_interpret(struct pw_shared *shared, const struct pw_hooks *hooks)
{
	const struct pw_primitive primitive = {
		.name = shared->trial.subject, .open = hooks->open, .drive = hooks->drive, .close = hooks->close,
	};

	return run(shared, &primitive);
}
