/* Channels: what is sent comes back whole, at the peer in between, and nothing is left in flight. */
#include <errno.h>
#include <sys/ioctl.h>

#include "check.h"
#include "fixture.h"
#include "measure.h"
#include "state.h"
#include "stream.h"
#include "worker.h"

#define SAMPLES 10
#define MIB (1UL << 20)

struct trip {
	const struct pw_primitive *primitive;
	struct pw_shared *shared;
	void *state;
};

static struct pw_shared *trial_of(const char *name, enum pw_peer_kind peer)
{
	struct pw_shared *shared = fixture_open(SAMPLES, name);

	memcpy(shared->trial.directory, P_tmpdir, sizeof(P_tmpdir));
	shared->trial.peer = peer;
	return shared;
}

static int prepare(struct trip *trip)
{
	int err;

	trip->primitive = pw_primitive_find(trip->shared->trial.subject);
	err = trip->primitive ? pw_state_open(trip->primitive, &trip->shared->trial, &trip->state) : -ENOENT;
	if (err)
		fixture_close(trip->shared);
	return err;
}

static void finish(struct trip *trip)
{
	pw_state_close(trip->primitive, trip->state);
	fixture_close(trip->shared);
}

static void travel(struct check *check, struct trip *trip)
{
	struct pw_shared *shared = trip->shared;
	struct pw_peers peers = {
		.primitive = trip->primitive, .trial = &shared->trial, .result = &shared->result, .state = trip->state,
	};
	struct pw_measure m = {
		.primitive = trip->primitive, .trial = &shared->trial, .result = &shared->result, .state = trip->state,
		.peers = &peers, .ticks = fixture_ticks(shared), .ops = fixture_ops(shared),
	};
	struct pw_counters counted;

	if (!CHECK_EQ(check, pw_peers_start(&peers), 0))
		return;
	CHECK_EQ(check, pw_measure(&m), 0);
	CHECK_EQ(check, pw_peers_stop(&peers, &counted), 0);
	CHECK_EQ(check, shared->result.count, SAMPLES);
}

/* What a sandbox may forbid to everybody. */
static int refused(int err)
{
	static const int errors[] = { EPERM, EACCES, ENOSYS, EOPNOTSUPP, ENOSPC, EAFNOSUPPORT, EADDRNOTAVAIL };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (err == -errors[i])
			return 1;
	return 0;
}

/* Each with the largest message that it takes wherever it is supported at all; 0: no factor. */
static const struct {
	const char *name;
	uint64_t largest;
} messages[] = {
	{ "pipe_message", MIB },
	{ "fifo_message", MIB },
	{ "unix_stream_message", MIB },
	{ "unix_dgram_message", 65536 },
	{ "unix_seqpacket_message", 65536 },
	{ "tcp_message", MIB },
	{ "udp_message", 65507 },
	{ "posix_mq_message", 1024 },
	{ "sysv_mq_message", 8192 },
	{ "eventfd_message", 0 },
};

static void send_one(struct check *check, const char *name, uint64_t size, enum pw_peer_kind peer)
{
	struct trip trip = { .shared = trial_of(name, peer) };
	struct pw_message *message;
	int err;

	fixture_set(&trip.shared->trial, "message", size, "");
	err = prepare(&trip);
	if (err) {
		CHECK_EQ(check, refused(err) ? 0 : err, 0);
		return;
	}
	message = &((struct pw_channel *)trip.state)->driver.message;
	/* The first bytes may have a meaning of their own. */
	for (size_t i = sizeof(long); i < message->size; i++)
		message->sent[i] = (char)(i * 31 + i / 256);
	memset(message->received, 0, message->size);
	travel(check, &trip);
	CHECK(check, memcmp(message->sent, message->received, message->size) == 0);
	finish(&trip);
}

static void send_all(struct check *check, enum pw_peer_kind peer)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		const uint64_t sizes[] = { 1, 64, 1000, messages[i].largest };

		for (int j = 0; j < 4; j++)
			if (sizes[j] <= messages[i].largest || !messages[i].largest)
				send_one(check, messages[i].name, sizes[j], peer);
	}
}

static void messages_come_back_from_processes(struct check *check)
{
	send_all(check, PW_PEER_PROCESS);
}

static void messages_come_back_from_threads(struct check *check)
{
	send_all(check, PW_PEER_THREAD);
}

static void readings_lie_inside_the_op(struct check *check)
{
	const char *reading;
	int seen = 0;

	for (uint32_t i = 0; i < pw_primitive_count(); i++) {
		struct pw_shared *shared;

		reading = pw_primitive_reading(i, 0);
		if (!reading || strcmp(reading, "there") != 0)
			continue;
		shared = trial_of(pw_primitive_name(i), PW_PEER_PROCESS);
		fixture_set(&shared->trial, "message", 100, "");
		shared->trial.readings = 1;
		if (pw_worker_run(shared)) {
			CHECK(check, refused(-shared->result.error));
			continue;
		}
		CHECK_EQ(check, pw_primitive_reading_kind(i, 0), PW_READING_TICKS);
		for (int j = 0; j < SAMPLES; j++) {
			/* One reading a sample, in a mapping that has room for more. */
			int64_t there = pw_shared_readings(shared)[j];

			CHECK(check, there > 0 && there <= (int64_t)fixture_ticks(shared)[j]);
		}
		seen++;
		fixture_close(shared);
	}
	CHECK(check, seen >= 8);
}

static void a_message_too_large_is_refused(struct check *check)
{
	/* More than a datagram, any queue, or a queue of a new namespace may hold.  That one comes
	 * last: this process may then be in a namespace of users that has no names. */
	static const struct {
		const char *name;
		uint64_t size;
	} larger[] = { { "udp_message", 65508 }, { "posix_mq_message", 17 * MIB }, { "sysv_mq_message", MIB } };

	for (size_t i = 0; i < sizeof(larger) / sizeof(larger[0]); i++) {
		struct pw_shared *shared = trial_of(larger[i].name, PW_PEER_PROCESS);

		fixture_set(&shared->trial, "message", larger[i].size, "");
		CHECK(check, pw_worker_run(shared) < 0);
		CHECK(check, shared->result.error == EMSGSIZE || refused(-shared->result.error));
		CHECK_EQ(check, shared->result.count, 0);
		fixture_close(shared);
	}
}

static void streams_leave_nothing_in_flight(struct check *check)
{
	const char *const names[] = { "pipe_bandwidth", "unix_bandwidth", "tcp_bandwidth" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct trip trip = { .shared = trial_of(names[i], PW_PEER_PROCESS) };
		struct pw_stream *stream;
		int waiting = -1;

		/* Neither fits evenly into the other, nor into the buffer of a pipe. */
		fixture_set(&trip.shared->trial, "chunk", 1000, "");
		fixture_set(&trip.shared->trial, "transfer", 300001, "");
		if (!CHECK_EQ(check, prepare(&trip), 0))
			return;
		stream = trip.state;
		travel(check, &trip);
		CHECK_EQ(check, ioctl(stream->channel.peer.in, FIONREAD, &waiting), 0);
		CHECK_EQ(check, waiting, 0);
		CHECK_EQ(check, ioctl(stream->channel.driver.in, FIONREAD, &waiting), 0);
		CHECK_EQ(check, waiting, 0);
		finish(&trip);
	}
}

static void a_stream_of_nothing_is_refused(struct check *check)
{
	const uint64_t sizes[][2] = { { 0, 1000 }, { 1000, 0 } };

	for (int i = 0; i < 2; i++) {
		struct trip trip = { .shared = trial_of("pipe_bandwidth", PW_PEER_PROCESS) };

		fixture_set(&trip.shared->trial, "chunk", sizes[i][0], "");
		fixture_set(&trip.shared->trial, "transfer", sizes[i][1], "");
		CHECK_EQ(check, prepare(&trip), -EINVAL);
	}
}

static const struct check_test tests[] = {
	{ "messages_come_back_from_processes", messages_come_back_from_processes },
	{ "messages_come_back_from_threads", messages_come_back_from_threads },
	{ "readings_lie_inside_the_op", readings_lie_inside_the_op },
	{ "a_message_too_large_is_refused", a_message_too_large_is_refused },
	{ "streams_leave_nothing_in_flight", streams_leave_nothing_in_flight },
	{ "a_stream_of_nothing_is_refused", a_stream_of_nothing_is_refused },
	{ NULL, NULL },
};

const struct check_suite suite_talk = { "talk", tests };
