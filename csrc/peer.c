/* Peers as processes or threads: one serving loop for both. */
#include "peer.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "counters.h"
#include "err.h"
#include "futex.h"
#include "task.h"

#define PEER_STACK (256 * 1024)

static int serve(struct pw_peer *peer, uint64_t ops)
{
	const struct pw_primitive *primitive = peer->peers->primitive;

	return primitive->relay ? primitive->relay(peer->peers->state, peer->index, ops)
				: primitive->serve(peer->peers->state, ops);
}

static int serve_chunks(struct pw_peer *peer)
{
	struct pw_peer_link *link = peer->link;
	uint32_t seen = 0;
	int err;

	for (;;) {
		struct pw_counters_mark mark;

		err = pw_futex_post(&link->served, seen);
		if (!err)
			err = pw_futex_wait_while(&link->announced, seen);
		if (err || link->ops == 0)
			return err;
		seen = atomic_load_explicit(&link->announced, memory_order_acquire);
		err = serve(peer, link->sync);
		if (!err)
			err = pw_counters_mark(&mark);
		if (!err)
			err = serve(peer, link->ops);
		if (!err)
			err = pw_counters_add(&link->counters, &mark, link->ops);
		if (err)
			return err;
	}
}

static int peer_body(struct pw_peer *peer)
{
	struct pw_result *result = peer->peers->result;
	struct pw_counters *counters = &peer->link->counters;
	int64_t delay;
	int err = pw_err_at(result, PW_STAGE_PIN, pw_task_pin(peer->peers->trial->peer_cpu));

	if (!err)
		err = pw_err_at(result, PW_STAGE_PIN, pw_task_check_governed(peer->peers->trial));
	if (!err) {
		delay = pw_counters_run_delay();
		err = pw_err_at(result, PW_STAGE_SERVE, serve_chunks(peer));
		counters->run_delay_ns = delay < 0 ? -1 : pw_counters_run_delay() - delay;
	}
	/* The driver waits for an answer that will not come: end the whole trial. */
	if (err)
		kill(0, SIGKILL);
	return err;
}

static void *peer_thread(void *argument)
{
	peer_body(argument);
	return NULL;
}

static int start_thread(struct pw_peer *peer)
{
	pthread_attr_t attr;
	int err = -pthread_attr_init(&attr);

	if (err)
		return err;
	err = -pthread_attr_setstacksize(&attr, PEER_STACK);
	if (!err)
		err = -pthread_create(&peer->thread, &attr, peer_thread, peer);
	pthread_attr_destroy(&attr);
	return err;
}

static int start_process(struct pw_peer *peer)
{
	pid_t parent = getpid();

	peer->pid = fork();
	if (peer->pid == 0) {
		if (pw_task_bind_to_parent(parent))
			_exit(1);
		_exit(peer_body(peer) ? 1 : 0);
	}
	return peer->pid < 0 ? -errno : 0;
}

static int start(struct pw_peers *peers, uint32_t index)
{
	struct pw_peer *peer = &peers->peer[index - 1];
	int err;

	*peer = (struct pw_peer){ .peers = peers, .link = &peers->links[index - 1], .index = index };
	atomic_store(&peer->link->served, UINT32_MAX);
	err = peers->trial->peer == PW_PEER_THREAD ? start_thread(peer) : start_process(peer);
	if (err)
		return err;
	peer->running = 1;
	return pw_futex_wait_while(&peer->link->served, UINT32_MAX);
}

static void *map(size_t size, int flags)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static void unmap(struct pw_peers *peers)
{
	if (peers->links)
		munmap(peers->links, peers->count * sizeof(*peers->links));
	if (peers->peer)
		munmap(peers->peer, peers->count * sizeof(*peers->peer));
	peers->links = NULL;
	peers->peer = NULL;
}

int pw_peers_start(struct pw_peers *peers)
{
	uint32_t parties = peers->trial->parties;
	int err = 0;

	peers->count = parties > 1 ? parties - 1 : 1;
	peers->links = map(peers->count * sizeof(*peers->links), MAP_SHARED);
	peers->peer = map(peers->count * sizeof(*peers->peer), MAP_PRIVATE);
	if (!peers->links || !peers->peer)
		err = -ENOMEM;
	for (uint32_t index = 1; !err && index <= peers->count; index++)
		err = start(peers, index);
	if (!err)
		peers->result->peer_pid = peers->peer[0].pid;
	return pw_err_at(peers->result, PW_STAGE_PEER, err);
}

int pw_peers_announce(struct pw_peers *peers, uint64_t sync, uint64_t ops)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < peers->count; i++) {
		struct pw_peer_link *link = &peers->links[i];
		uint32_t announced = atomic_load_explicit(&link->announced, memory_order_relaxed);

		link->sync = sync;
		link->ops = ops;
		err = pw_futex_post(&link->announced, announced + 1);
	}
	return err;
}

int pw_peers_await(struct pw_peers *peers)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < peers->count; i++) {
		struct pw_peer_link *link = &peers->links[i];
		uint32_t announced = atomic_load_explicit(&link->announced, memory_order_relaxed);

		err = pw_futex_wait_while(&link->served, announced - 1);
	}
	return err;
}

void pw_peers_recount(struct pw_peers *peers)
{
	for (uint32_t i = 0; i < peers->count; i++)
		peers->links[i].counters = (struct pw_counters){ 0 };
}

static void add(struct pw_counters *sum, const struct pw_counters *more)
{
	sum->ops += more->ops;
	sum->voluntary += more->voluntary;
	sum->involuntary += more->involuntary;
	sum->minor_faults += more->minor_faults;
	sum->major_faults += more->major_faults;
	sum->migrations += more->migrations;
	sum->wall_ns += more->wall_ns;
	sum->cpu_ns += more->cpu_ns;
	sum->others_cpu_ns += more->others_cpu_ns;
	/* Not known of one is not known of all. */
	sum->run_delay_ns = sum->run_delay_ns < 0 || more->run_delay_ns < 0 ? -1
									    : sum->run_delay_ns + more->run_delay_ns;
}

static int end(struct pw_peer *peer)
{
	peer->running = 0;
	return peer->peers->trial->peer == PW_PEER_THREAD ? -pthread_join(peer->thread, NULL)
							  : pw_task_wait_exit(peer->pid, 0);
}

int pw_peers_stop(struct pw_peers *peers, struct pw_counters *counters)
{
	int err = pw_peers_announce(peers, 0, 0);

	*counters = (struct pw_counters){ 0 };
	for (uint32_t i = 0; !err && i < peers->count; i++) {
		err = end(&peers->peer[i]);
		add(counters, &peers->links[i].counters);
	}
	if (!err)
		unmap(peers);
	return err;
}

void pw_peers_abandon(struct pw_peers *peers)
{
	int threads = peers->trial->peer == PW_PEER_THREAD;
	int status;

	for (uint32_t i = 0; peers->peer && i < peers->count; i++) {
		struct pw_peer *peer = &peers->peer[i];

		if (!peer->running || threads)
			continue;
		peer->running = 0;
		kill(peer->pid, SIGKILL);
		pw_task_wait(peer->pid, &status);
	}
	/* A thread that still serves would touch the links: they are left to process exit. */
	if (!threads)
		unmap(peers);
}
