/* What a channel carries is what was sent: both sides look at every byte of every message. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "exchange.h"
#include "fixture.h"
#include "peer.h"
#include "rng.h"
#include "state.h"

#define ROUNDS 5

/* Shared with the peer, which looks at what it got in its own memory. */
struct witness {
	_Atomic uint32_t rounds;
	_Atomic uint32_t wrong;
	_Atomic int peer_pid;
};

static const struct pw_primitive *channel;
static struct witness *witness;

static void fill(char *bytes, size_t size, uint64_t round)
{
	uint64_t random = round * 2 + 1;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(pw_rng_next(&random) >> 56);
}

/* An exchange counts the last byte up before it is sent; a stream has no answer to look for it in. */
static int arrived(const struct pw_exchange *exchange, uint64_t round)
{
	size_t last = exchange->size - 1;
	char *wanted = malloc(exchange->size);
	int same;

	fill(wanted, exchange->size, round);
	wanted[last] = (char)(wanted[last] + (channel->readings != NULL));
	same = memcmp(exchange->in[PW_PEER], wanted, exchange->size) == 0;
	free(wanted);
	return same;
}

static int witnessed_serve(void *state, uint64_t ops)
{
	int err = 0;

	witness->peer_pid = getpid();
	while (!err && ops--) {
		uint32_t round = witness->rounds;

		err = channel->serve(state, 1);
		witness->wrong += !arrived(state, round);
		if (!err)
			err = pw_futex_post(&witness->rounds, round + 1);
	}
	return err;
}

/* One message each round.  The next waits until the peer has looked at this one, since a
 * channel may put it where the last one is. */
static void converse(struct check *check, struct pw_exchange *exchange, int has_peer, int answers)
{
	int driven = 0;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		fill(exchange->out[PW_DRIVER], exchange->size, round);
		memset(exchange->in[PW_DRIVER], 0, exchange->size);
		driven += channel->drive(exchange, 1) == 0;
		if (has_peer)
			CHECK_EQ(check, pw_futex_wait_while(&witness->rounds, round), 0);
		if (answers)
			CHECK(check, memcmp(exchange->in[PW_DRIVER], exchange->out[PW_DRIVER], exchange->size) == 0);
	}
	CHECK_EQ(check, driven, ROUNDS);
}

static void converse_with_peer(struct check *check, struct pw_peers *peers)
{
	struct pw_counters counted;

	if (!CHECK_EQ(check, pw_peers_start(peers), 0))
		return;
	CHECK_EQ(check, pw_peers_announce(peers, 0, ROUNDS), 0);
	converse(check, peers->state, 1, channel->readings != NULL);
	CHECK_EQ(check, pw_peers_await(peers), 0);
	CHECK_EQ(check, pw_peers_stop(peers, &counted), 0);
	CHECK_EQ(check, witness->wrong, 0);
	CHECK_EQ(check, witness->peer_pid == getpid(), peers->trial->peer == PW_PEER_THREAD);
}

static void carry(struct check *check, struct pw_shared *shared)
{
	struct pw_primitive watched = *channel;
	struct pw_peers peers = { .primitive = &watched, .trial = &shared->trial, .result = &shared->result };

	int err;

	watched.serve = channel->serve ? witnessed_serve : NULL;
	err = pw_state_open(&watched, &shared->trial, &peers.state);
	if (strcmp(channel->name, "io_uring_message") == 0 && (err == -ENOSYS || err == -EPERM || err == -EOPNOTSUPP)) {
		printf("%s: this machine refuses io_uring: %s\n", check->name, strerror(-err));
		return;
	}
	if (!CHECK_EQ(check, err, 0))
		return;
	if (channel->serve)
		converse_with_peer(check, &peers);
	else
		converse(check, peers.state, 0, 1);
	pw_state_close(&watched, peers.state);
}

static void carry_size(struct check *check, const char *factor, size_t size, enum pw_peer_kind kind)
{
	struct pw_shared *shared = fixture_open(1, channel->name);

	witness = mmap(NULL, sizeof(*witness), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!CHECK(check, shared && witness != MAP_FAILED))
		return;
	shared->trial.peer = kind;
	memcpy(shared->trial.directory, "/tmp", sizeof("/tmp"));
	fixture_set(&shared->trial, factor, size, "");
	carry(check, shared);
	munmap(witness, sizeof(*witness));
	fixture_close(shared);
}

static void carry_sizes(struct check *check, const char *name, const char *factor)
{
	static const size_t sizes[] = { 1, 63, 4096, 65537, 1 << 20 };

	channel = pw_primitive_find(name);
	if (!CHECK(check, channel != NULL))
		return;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		carry_size(check, factor, sizes[i], PW_PEER_THREAD);
		if (channel->serve)
			carry_size(check, factor, sizes[i], PW_PEER_PROCESS);
	}
}

static void shm_futex_message(struct check *check)
{
	carry_sizes(check, "shm_futex_message", "message");
}

static void shm_spin_message(struct check *check)
{
	carry_sizes(check, "shm_spin_message", "message");
}

static void mmap_file_message(struct check *check)
{
	carry_sizes(check, "mmap_file_message", "message");
}

static void process_vm_readv_message(struct check *check)
{
	carry_sizes(check, "process_vm_readv_message", "message");
}

static void process_vm_writev_message(struct check *check)
{
	carry_sizes(check, "process_vm_writev_message", "message");
}

static void vmsplice_message(struct check *check)
{
	carry_sizes(check, "vmsplice_message", "message");
}

static void io_uring_message(struct check *check)
{
	carry_sizes(check, "io_uring_message", "message");
}

static void thread_queue_message(struct check *check)
{
	carry_sizes(check, "thread_queue_message", "message");
}

static void call_message(struct check *check)
{
	carry_sizes(check, "call_message", "message");
}

static void shm_stream(struct check *check)
{
	carry_sizes(check, "shm_stream", "chunk");
}

static void the_buffers_are_apart(struct check *check)
{
	struct pw_trial trial = { 0 };
	struct pw_exchange exchange;
	const char *buffers[3];

	fixture_set(&trial, "message", 5000, "5000B");
	if (!CHECK_EQ(check, pw_exchange_open(&exchange, &trial, "message"), 0))
		return;
	buffers[0] = exchange.out[PW_DRIVER];
	buffers[1] = exchange.in[PW_DRIVER];
	buffers[2] = exchange.in[PW_PEER];
	CHECK(check, exchange.out[PW_PEER] == exchange.in[PW_PEER]);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(check, (uintptr_t)buffers[i] % (uintptr_t)sysconf(_SC_PAGESIZE), 0);
		for (int j = 0; j < i; j++)
			CHECK(check, labs(buffers[i] - buffers[j]) >= 5000);
	}
	pw_exchange_close(&exchange);
}

static int nothing(void *state, enum pw_side self)
{
	return 0;
}

static void an_answer_that_never_came_is_noticed(struct check *check)
{
	struct pw_trial trial = { 0 };
	struct pw_exchange exchange;

	fixture_set(&trial, "message", 64, "64B");
	if (!CHECK_EQ(check, pw_exchange_open(&exchange, &trial, "message"), 0))
		return;
	CHECK_EQ(check, pw_exchange_drive(&exchange, 1, nothing, nothing), -EBADMSG);
	pw_exchange_close(&exchange);
}

static const struct check_test tests[] = {
	{ "shm_futex_message", shm_futex_message },
	{ "shm_spin_message", shm_spin_message },
	{ "mmap_file_message", mmap_file_message },
	{ "process_vm_readv_message", process_vm_readv_message },
	{ "process_vm_writev_message", process_vm_writev_message },
	{ "vmsplice_message", vmsplice_message },
	{ "io_uring_message", io_uring_message },
	{ "thread_queue_message", thread_queue_message },
	{ "call_message", call_message },
	{ "shm_stream", shm_stream },
	{ "the_buffers_are_apart", the_buffers_are_apart },
	{ "an_answer_that_never_came_is_noticed", an_answer_that_never_came_is_noticed },
	{ NULL, NULL },
};

const struct check_suite suite_talk_memory = { "talk_memory", tests };
