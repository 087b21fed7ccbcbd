/* Peer as process or thread: one serving loop for both. */
#include "peer.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "counters.h"
#include "err.h"
#include "futex.h"
#include "task.h"

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
		err = peer->primitive->serve(peer->state, link->sync);
		if (!err)
			err = pw_counters_mark(&mark);
		if (!err)
			err = peer->primitive->serve(peer->state, link->ops);
		if (!err)
			err = pw_counters_add(&link->counters, &mark, link->ops);
		if (err)
			return err;
	}
}

static int peer_body(struct pw_peer *peer)
{
	struct pw_counters *counters = &peer->link->counters;
	int64_t delay;
	int err = pw_err_at(peer->result, PW_STAGE_PIN, pw_task_pin(peer->trial->peer_cpu));

	if (!err) {
		delay = pw_counters_run_delay();
		err = pw_err_at(peer->result, PW_STAGE_SERVE, serve_chunks(peer));
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

int pw_peer_start(struct pw_peer *peer)
{
	pid_t parent = getpid();
	int err = 0;

	atomic_store(&peer->link->served, UINT32_MAX);
	if (peer->trial->peer == PW_PEER_THREAD) {
		err = -pthread_create(&peer->thread, NULL, peer_thread, peer);
	} else {
		peer->pid = fork();
		if (peer->pid == 0) {
			if (pw_task_bind_to_parent(parent))
				_exit(1);
			_exit(peer_body(peer) ? 1 : 0);
		}
		if (peer->pid < 0)
			err = -errno;
		peer->result->peer_pid = peer->pid;
	}
	if (!err) {
		peer->running = 1;
		err = pw_futex_wait_while(&peer->link->served, UINT32_MAX);
	}
	return pw_err_at(peer->result, PW_STAGE_PEER, err);
}

int pw_peer_announce(struct pw_peer *peer, uint64_t sync, uint64_t ops)
{
	uint32_t announced = atomic_load_explicit(&peer->link->announced, memory_order_relaxed);

	peer->link->sync = sync;
	peer->link->ops = ops;
	return pw_futex_post(&peer->link->announced, announced + 1);
}

int pw_peer_await(struct pw_peer *peer)
{
	uint32_t announced = atomic_load_explicit(&peer->link->announced, memory_order_relaxed);

	return pw_futex_wait_while(&peer->link->served, announced - 1);
}

int pw_peer_stop(struct pw_peer *peer)
{
	int err;

	if (!peer->running)
		return 0;
	peer->running = 0;
	err = pw_peer_announce(peer, 0, 0);
	if (err)
		return err;
	return peer->trial->peer == PW_PEER_THREAD ? -pthread_join(peer->thread, NULL)
						   : pw_task_wait_exit(peer->pid, 0);
}

void pw_peer_abandon(struct pw_peer *peer)
{
	int status;

	if (!peer->running || peer->trial->peer == PW_PEER_THREAD)
		return;
	peer->running = 0;
	kill(peer->pid, SIGKILL);
	pw_task_wait(peer->pid, &status);
}
