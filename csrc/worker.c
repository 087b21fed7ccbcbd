/*
 * One trial, seen from inside: image, pin, open, peer, measure, close.  The
 * same code runs in the pristine executable and in a child of the caller.
 */
#include "worker.h"

#include <alloca.h>
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "err.h"
#include "image.h"
#include "measure.h"
#include "peer.h"
#include "task.h"
#include "wall.h"

#define STACK_OFFSETS 256
#define STACK_STEP 16

static void *share(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
}

static int measure_with_peer(struct pw_measure *m)
{
	struct pw_peer peer = {
		.primitive = m->primitive, .trial = m->trial, .result = m->result, .state = m->state,
	};
	int err;

	peer.link = share(sizeof(*peer.link));
	if (peer.link == MAP_FAILED)
		return pw_err_at(m->result, PW_STAGE_PEER, -errno);
	err = pw_peer_start(&peer);
	if (err)
		goto out;
	m->peer = &peer;
	err = pw_measure(m);
	if (err)
		goto out;
	err = pw_err_at(m->result, PW_STAGE_REAP, pw_peer_stop(&peer));
	m->result->party = peer.link->counters;
out:
	if (err)
		pw_peer_abandon(&peer);
	/* A thread that still serves would touch the link: it is left to process exit. */
	if (!peer.running)
		munmap(peer.link, sizeof(*peer.link));
	return err;
}

static int measure(struct pw_shared *shared, uint64_t *ticks, uint32_t *ops)
{
	const struct pw_trial *trial = &shared->trial;
	struct pw_measure m = {
		.primitive = pw_primitive_find(trial->subject),
		.trial = trial,
		.result = &shared->result,
		.ticks = ticks,
		.ops = ops,
	};
	int err;

	if (!m.primitive)
		return pw_err_at(m.result, PW_STAGE_ATTACH, -ENOENT);
	if (!m.primitive->serve != (trial->peer == PW_PEER_NONE))
		return pw_err_at(m.result, PW_STAGE_ATTACH, -EINVAL);
	m.state = share(m.primitive->state_size + 1);
	if (m.state == MAP_FAILED)
		return pw_err_at(m.result, PW_STAGE_OPEN, -errno);
	err = pw_err_at(m.result, PW_STAGE_OPEN, m.primitive->open ? m.primitive->open(m.state, trial) : 0);
	if (err)
		return err;
	err = trial->peer == PW_PEER_NONE ? pw_measure(&m) : measure_with_peer(&m);
	if (m.primitive->close)
		m.primitive->close(m.state);
	return err;
}

static int prove(struct pw_shared *shared, uint64_t *ticks, uint32_t *ops)
{
	const struct pw_wall *wall = pw_wall_find(shared->trial.subject);
	struct pw_probe probe = {
		.trial = &shared->trial,
		.result = &shared->result,
		.ticks = ticks,
		.ops = ops,
		.capacity = shared->capacity,
	};

	if (!wall)
		return pw_err_at(&shared->result, PW_STAGE_ATTACH, -ENOENT);
	return pw_err_at(&shared->result, PW_STAGE_PROBE, wall->probe(&probe));
}

int pw_worker_run(struct pw_shared *shared)
{
	struct pw_result *result = &shared->result;
	const struct pw_trial *trial = &shared->trial;
	uint64_t *ticks = (void *)((char *)shared + shared->ticks_offset);
	uint32_t *ops = (void *)((char *)shared + shared->ops_offset);
	/* Where the stack lies decides which cache sets it hits (Mytkowicz et al. 2009). */
	volatile char *offset = alloca(STACK_STEP * (1 + trial->seed % STACK_OFFSETS));
	int err;

	offset[0] = 0;
	err = pw_err_at(result, PW_STAGE_IMAGE, pw_image_build(trial));
	if (!err)
		err = pw_err_at(result, PW_STAGE_PIN, pw_task_pin(trial->driver_cpu));
	if (!err)
		err = trial->task == PW_TASK_PROVE ? prove(shared, ticks, ops) : measure(shared, ticks, ops);
	if (!err)
		result->finished = 1;
	return err;
}
