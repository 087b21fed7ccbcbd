/* Driver and peer stay in step, whatever the peer is. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "measure.h"
#include "task.h"

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

struct governed {
	_Atomic int policy;
	_Atomic int speculation;
};

static int governed_serve(void *state, uint64_t ops)
{
	struct governed *seen = state;

	(void)ops;
	seen->policy = sched_getscheduler(0);
	seen->speculation = prctl(PR_GET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, 0, 0, 0);
	return 0;
}

static const struct pw_primitive governed_primitive = {
	.name = "governed",
	.state_size = sizeof(struct governed),
	.drive = pair_drive,
	.serve = governed_serve,
};

/* What the peer found itself under; or why this machine has no such thing. */
static int govern(struct check *check, enum pw_peer_kind kind, const char *factor, const char *level,
		  struct governed *seen)
{
	struct pw_shared *shared = fixture_open(1, "governed");
	struct pw_peers peers = { .primitive = &governed_primitive, .state = seen };
	struct pw_counters counted;
	int err;

	if (!CHECK(check, shared != NULL))
		return -ENOMEM;
	shared->trial.peer = kind;
	fixture_set(&shared->trial, factor, 0, level);
	peers.trial = &shared->trial;
	peers.result = &shared->result;
	err = pw_task_govern(&shared->trial);
	if (!err) {
		CHECK_EQ(check, pw_peers_start(&peers), 0);
		CHECK_EQ(check, pw_peers_announce(&peers, 0, 1), 0);
		CHECK_EQ(check, pw_peers_await(&peers), 0);
		CHECK_EQ(check, pw_peers_stop(&peers, &counted), 0);
	}
	fixture_close(shared);
	return err;
}

static void peers_inherit_the_policy(struct check *check)
{
	struct governed *seen = share(sizeof(*seen));
	struct pw_trial trial = { .setting_count = 0 };
	int err;

	fixture_set(&trial, "policy", 0, "fifo");
	CHECK_EQ(check, pw_task_check_governed(&trial), -EPROTO);
	err = govern(check, PW_PEER_PROCESS, "policy", "fifo", seen);
	CHECK(check, err ? err == -EPERM : seen->policy == SCHED_FIFO);
	if (err)
		return;
	CHECK_EQ(check, sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){ 0 }), 0);
	CHECK_EQ(check, govern(check, PW_PEER_THREAD, "policy", "fifo", seen), 0);
	CHECK_EQ(check, seen->policy, SCHED_FIFO);
}

static void peers_inherit_speculation(struct check *check)
{
	struct governed *seen = share(sizeof(*seen));
	int status;

	/* What was disabled may stay so: each kind in a process of its own. */
	for (enum pw_peer_kind kind = PW_PEER_PROCESS; kind <= PW_PEER_THREAD; kind++) {
		pid_t pid = fork();

		if (pid == 0) {
			int err = govern(check, kind, "speculation", "no-store-bypass", seen);

			CHECK(check, err ? err == -ENXIO || err == -ENODEV || err == -EPERM
					 : (seen->speculation & PR_SPEC_DISABLE) != 0);
			_exit(check->failures ? 1 : 0);
		}
		CHECK_EQ(check, pw_task_wait(pid, &status), 0);
		CHECK_EQ(check, status, 0);
	}
}

/* A policy that is not inherited must not be taken for one that is. */
static void peer_that_is_not_governed(struct check *check)
{
	struct pw_shared *shared = fixture_open(1, "governed");
	struct governed *seen = share(sizeof(*seen));
	struct sched_param param = { .sched_priority = 1 };
	int status;
	pid_t pid;

	if (!CHECK(check, shared && seen))
		return;
	pid = fork();
	if (pid == 0) {
		struct pw_peers peers = {
			.primitive = &governed_primitive, .state = seen,
			.trial = &shared->trial, .result = &shared->result,
		};

		/* The peer ends its whole group. */
		setpgid(0, 0);
		shared->trial.peer = PW_PEER_PROCESS;
		fixture_set(&shared->trial, "policy", 0, "fifo");
		if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) < 0)
			_exit(errno == EPERM ? 0 : 1);
		pw_peers_start(&peers);
		_exit(1);
	}
	CHECK_EQ(check, pw_task_wait(pid, &status), 0);
	if (WIFEXITED(status)) {
		CHECK_EQ(check, WEXITSTATUS(status), 0);
	} else {
		CHECK_EQ(check, WTERMSIG(status), SIGKILL);
		CHECK_EQ(check, shared->result.stage, PW_STAGE_PIN);
		CHECK_EQ(check, shared->result.error, EPROTO);
	}
	fixture_close(shared);
}

static const struct check_test tests[] = {
	{ "peer_process", peer_process },
	{ "peer_thread", peer_thread },
	{ "many_peer_processes", many_peer_processes },
	{ "many_peer_threads", many_peer_threads },
	{ "peers_inherit_the_policy", peers_inherit_the_policy },
	{ "peers_inherit_speculation", peers_inherit_speculation },
	{ "peer_that_is_not_governed", peer_that_is_not_governed },
	{ NULL, NULL },
};

const struct check_suite suite_peer = { "peer", tests };
