/* A peer that stalls once: an open loop says how many ops waited for it, a closed loop hides all but one. */
#include <time.h>

#include "check.h"
#include "fixture.h"
#include "futex.h"
#include "measure.h"
#include "state.h"

#define SAMPLES 40
#define STALLED 5               /* the sample in which the peer stalls */
#define STALL_NS 100000000LL
#define PERIOD_NS 5000000LL
#define WAITING (STALL_NS / PERIOD_NS)

enum turn { DRIVER, PEER };

struct stall {
	_Atomic uint32_t turn;
	uint64_t served;
};

static int stall_drive(void *state, uint64_t ops)
{
	struct stall *stall = state;
	int err = 0;

	while (!err && ops--) {
		err = pw_futex_post(&stall->turn, PEER);
		if (!err)
			err = pw_futex_wait_while(&stall->turn, PEER);
	}
	return err;
}

static int stall_serve(void *state, uint64_t ops)
{
	struct stall *stall = state;
	int err = 0;

	while (!err && ops--) {
		const struct timespec nap = { .tv_nsec = STALL_NS };

		err = pw_futex_wait_while(&stall->turn, DRIVER);
		/* Before the samples come the cold op and one that is not timed. */
		if (stall->served++ == STALLED + 2)
			nanosleep(&nap, NULL);
		if (!err)
			err = pw_futex_post(&stall->turn, DRIVER);
	}
	return err;
}

static const struct pw_primitive stalling = {
	.name = "stalling",
	.state_size = sizeof(struct stall),
	.drive = stall_drive,
	.serve = stall_serve,
};

/* NULL where it could not be measured. */
static struct pw_shared *measure(struct check *check, uint64_t period)
{
	struct pw_shared *shared = fixture_open(SAMPLES, "stalling");
	struct pw_peers peers = { .primitive = &stalling };
	struct pw_measure m = { .primitive = &stalling, .peers = &peers };
	struct pw_counters counted;

	if (!CHECK(check, shared != NULL))
		return NULL;
	shared->trial.peer = PW_PEER_PROCESS;
	shared->trial.period = period;
	shared->trial.chunk = SAMPLES;
	peers.trial = m.trial = &shared->trial;
	peers.result = m.result = &shared->result;
	m.ticks = fixture_ticks(shared);
	m.ops = fixture_ops(shared);
	CHECK_EQ(check, pw_state_open(&stalling, &shared->trial, &m.state), 0);
	peers.state = m.state;
	if (!CHECK_EQ(check, pw_peers_start(&peers), 0))
		return NULL;
	CHECK_EQ(check, pw_measure(&m), 0);
	CHECK_EQ(check, pw_peers_stop(&peers, &counted), 0);
	CHECK_EQ(check, shared->result.count, SAMPLES);
	pw_state_close(&stalling, m.state);
	return shared;
}

static int above(struct pw_shared *shared, int64_t ns)
{
	int count = 0;

	for (int i = 0; i < SAMPLES; i++)
		count += (int64_t)fixture_ticks(shared)[i] > ns;
	return count;
}

static void open_loop_shows_the_queue(struct check *check)
{
	struct pw_shared *shared = measure(check, PERIOD_NS);

	if (!shared)
		return;
	/* Each later op was due one period later, and none could end before the stall did; the
	 * hundredth is for the two clocks, that of the nap and the one that measures. */
	for (int64_t i = 0; i < WAITING; i++)
		CHECK(check, (int64_t)fixture_ticks(shared)[STALLED + i] >= (STALL_NS - i * PERIOD_NS) / 100 * 99);
	CHECK(check, above(shared, STALL_NS / 2) >= WAITING / 2 - 1);
	fixture_close(shared);
}

static void closed_loop_hides_it(struct check *check)
{
	struct pw_shared *shared = measure(check, 0);

	if (!shared)
		return;
	CHECK(check, (int64_t)fixture_ticks(shared)[STALLED] >= STALL_NS / 100 * 99);
	CHECK(check, above(shared, STALL_NS / 2) < WAITING / 4);
	fixture_close(shared);
}

static void an_open_loop_keeps_its_rate(struct check *check)
{
	struct pw_shared *shared = measure(check, PERIOD_NS);

	if (!shared)
		return;
	/* The last op is not begun before it is due. */
	CHECK(check, shared->result.driver.wall_ns >= (SAMPLES - 1) * PERIOD_NS / 100 * 99);
	fixture_close(shared);
}

static const struct check_test tests[] = {
	{ "open_loop_shows_the_queue", open_loop_shows_the_queue },
	{ "closed_loop_hides_it", closed_loop_hides_it },
	{ "an_open_loop_keeps_its_rate", an_open_loop_keeps_its_rate },
	{ NULL, NULL },
};

const struct check_suite suite_load = { "load", tests };
