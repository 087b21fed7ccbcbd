/* Driver and peer stay in step, whatever the peer is. */
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "measure.h"

struct pair {
	_Atomic uint64_t driven;
	_Atomic uint64_t served;
	_Atomic int peer_pid;
};

static int pair_drive(void *state, uint64_t ops)
{
	struct pair *pair = state;

	atomic_fetch_add(&pair->driven, ops);
	return 0;
}

static int pair_serve(void *state, uint64_t ops)
{
	struct pair *pair = state;

	atomic_fetch_add(&pair->served, ops);
	atomic_store(&pair->peer_pid, getpid());
	return 0;
}

static const struct pw_primitive pair_primitive = {
	.name = "pair",
	.state_size = sizeof(struct pair),
	.drive = pair_drive,
	.serve = pair_serve,
};

static void *share(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static void measure_group(struct check *check, enum pw_peer_kind kind, uint32_t parties)
{
	struct pw_shared *shared = fixture_open(10, "pair");
	struct pair *pair = share(sizeof(*pair));
	struct pw_peers peers = { .primitive = &pair_primitive, .state = pair };
	struct pw_measure m = { .primitive = &pair_primitive, .peers = &peers, .state = pair };
	struct pw_counters counted;

	if (!CHECK(check, shared && pair))
		return;
	shared->trial.peer = kind;
	shared->trial.parties = parties;
	shared->trial.batch = 3;
	shared->trial.warmup_ns = 100000;
	peers.trial = m.trial = &shared->trial;
	peers.result = m.result = &shared->result;
	m.ticks = fixture_ticks(shared);
	m.ops = fixture_ops(shared);
	if (!CHECK_EQ(check, pw_peers_start(&peers), 0))
		return;
	CHECK_EQ(check, pw_measure(&m), 0);
	CHECK_EQ(check, pw_peers_stop(&peers, &counted), 0);
	CHECK_EQ(check, pair->served, pair->driven * (parties - 1));
	/* Cold, warm-up, ten samples, and the uncounted op of each of the three chunks. */
	CHECK_EQ(check, pair->driven, 1 + shared->result.warmup_ops + 10 * 3 + 3);
	CHECK_EQ(check, counted.ops, 10 * 3 * (parties - 1));
	CHECK_EQ(check, shared->result.driver.ops, 10 * 3);
	CHECK(check, shared->result.driver.wall_ns > 0);
	CHECK_EQ(check, pair->peer_pid == getpid(), kind == PW_PEER_THREAD);
	munmap(pair, sizeof(*pair));
	fixture_close(shared);
}

static void peer_process(struct check *check)
{
	measure_group(check, PW_PEER_PROCESS, 2);
}

static void peer_thread(struct check *check)
{
	measure_group(check, PW_PEER_THREAD, 2);
}

static void many_peer_processes(struct check *check)
{
	measure_group(check, PW_PEER_PROCESS, 9);
}

static void many_peer_threads(struct check *check)
{
	measure_group(check, PW_PEER_THREAD, 9);
}

static const struct check_test tests[] = {
	{ "peer_process", peer_process },
	{ "peer_thread", peer_thread },
	{ "many_peer_processes", many_peer_processes },
	{ "many_peer_threads", many_peer_threads },
	{ NULL, NULL },
};

const struct check_suite suite_peer = { "peer", tests };
