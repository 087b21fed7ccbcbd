/* What the switch family is made of: batons, signals, rings and hogs. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "baton.h"
#include "check.h"
#include "fixture.h"
#include "hog.h"
#include "primitive.h"
#include "ring.h"
#include "rtsignal.h"
#include "task.h"

static void baton_checks_what_arrives(struct check *check)
{
	int (*const opens[])(struct pw_baton *) = {
		pw_baton_open_pipes, pw_baton_open_eventfds, pw_baton_open_sockets,
	};

	for (size_t i = 0; i < sizeof(opens) / sizeof(opens[0]); i++) {
		const uint64_t wrong = 7;
		struct pw_baton baton;
		int fds[4];

		if (!CHECK_EQ(check, opens[i](&baton), 0))
			return;
		memcpy(fds, baton.driver, sizeof(baton.driver));
		memcpy(fds + 2, baton.peer, sizeof(baton.peer));
		for (int j = 0; j < 4; j++)
			CHECK_EQ(check, fcntl(fds[j], F_GETFD), FD_CLOEXEC);
		CHECK_EQ(check, pw_baton_drive_alone(&baton, 100), 0);
		CHECK(check, write(baton.driver[1], &wrong, baton.size) == (ssize_t)baton.size);
		CHECK_EQ(check, pw_baton_serve(&baton, 1), -EPROTO);
		CHECK(check, write(baton.peer[1], &wrong, baton.size) == (ssize_t)baton.size);
		CHECK_EQ(check, pw_baton_drive(&baton, 1), -EPROTO);
		pw_baton_close(&baton);
		for (int j = 0; j < 4; j++)
			CHECK_EQ(check, fcntl(fds[j], F_GETFD), -1);
	}
}

static void signal_is_known_by_its_sender(struct check *check)
{
	struct pw_rtsignal_task *self = mmap(NULL, sizeof(*self), PROT_READ | PROT_WRITE,
					     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (!CHECK(check, self != MAP_FAILED))
		return;
	CHECK_EQ(check, pw_rtsignal_block(), 0);
	CHECK_EQ(check, pw_rtsignal_enter(self), 0);
	for (int i = 0; i < 3; i++) {
		CHECK_EQ(check, pw_rtsignal_send(self), 0);
		CHECK_EQ(check, pw_rtsignal_await(self), 0);
	}
	pid = fork();
	if (pid == 0)
		_exit(pw_rtsignal_send(self) ? 1 : 0);
	CHECK_EQ(check, pw_task_wait_exit(pid, 0), 0);
	CHECK_EQ(check, pw_rtsignal_await(self), -EPROTO);
	munmap(self, sizeof(*self));
}

static int open_ring(const struct pw_primitive *primitive, struct pw_ring *ring, struct pw_trial *trial,
		     uint64_t tasks, uint32_t parties)
{
	*trial = (struct pw_trial){ .parties = parties, .peer = PW_PEER_THREAD };
	fixture_set(trial, "tasks", tasks, "");
	memset(ring, 0, sizeof(*ring));
	return primitive->open(ring, trial);
}

static void ring_of_impossible_size(struct check *check)
{
	const char *const names[] = { "ring_switch", "ring_calls", "ring_touch" };
	static struct pw_ring ring;
	struct pw_trial trial;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct pw_primitive *primitive = pw_primitive_find(names[i]);

		CHECK_EQ(check, open_ring(primitive, &ring, &trial, 1, 1), -EINVAL);
		CHECK_EQ(check, open_ring(primitive, &ring, &trial, PW_PARTIES_MAX + 1, PW_PARTIES_MAX), -EINVAL);
	}
	CHECK_EQ(check, open_ring(pw_primitive_find("ring_switch"), &ring, &trial, 3, 2), -EINVAL);
	/* Nothing of it stays. */
	CHECK_EQ(check, ring.pipe[0][0], -1);
	CHECK_EQ(check, ring.pipe[2][1], -1);
}

static void ring_counts_its_hands(struct check *check)
{
	const struct pw_primitive *primitive = pw_primitive_find("ring_switch");
	static struct pw_ring ring;
	struct pw_trial trial;
	uint8_t token = 9;

	if (!CHECK_EQ(check, open_ring(primitive, &ring, &trial, 2, 2), 0))
		return;
	CHECK_EQ(check, pw_ring_send(&ring, 0, 1), 0);
	CHECK_EQ(check, primitive->drive(&ring, 1), 0);
	CHECK_EQ(check, pw_ring_receive(&ring, 1, &token), 0);
	CHECK_EQ(check, token, 0);
	/* A byte that came round without its peer. */
	CHECK_EQ(check, pw_ring_send(&ring, 0, 0), 0);
	CHECK_EQ(check, primitive->drive(&ring, 1), -EPROTO);
	CHECK_EQ(check, primitive->relay(&ring, 1, 1), 0);
	CHECK_EQ(check, pw_ring_receive(&ring, 0, &token), 0);
	CHECK_EQ(check, token, 1);
	primitive->close(&ring);
}

static int allowed_cpu(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((size_t)cpu, &set))
			return cpu;
	return -1;
}

static void hog_keeps_its_cpu_until_stopped(struct check *check)
{
	const int policies[] = { SCHED_IDLE, SCHED_OTHER };
	int cpu = allowed_cpu();

	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		struct pw_hog hog = { .pid = 0 };
		cpu_set_t set;

		if (!CHECK_EQ(check, pw_hog_start(&hog, cpu, policies[i]), 0))
			return;
		CHECK_EQ(check, sched_getscheduler(hog.pid), policies[i]);
		CHECK_EQ(check, sched_getaffinity(hog.pid, sizeof(set), &set), 0);
		CHECK(check, CPU_COUNT(&set) == 1 && CPU_ISSET((size_t)cpu, &set));
		CHECK_EQ(check, waitpid(hog.pid, NULL, WNOHANG), 0);
		pw_hog_stop(&hog);
		CHECK_EQ(check, hog.pid, 0);
		CHECK(check, waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	}
}

static void hog_without_a_cpu(struct check *check)
{
	struct pw_hog hog = { .pid = 0 };

	CHECK_EQ(check, pw_hog_start(&hog, -1, SCHED_IDLE), -EINVAL);
	CHECK_EQ(check, pw_hog_start(&hog, CPU_SETSIZE, SCHED_IDLE), -EINVAL);
	CHECK_EQ(check, hog.pid, 0);
	CHECK(check, waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static const struct check_test tests[] = {
	{ "baton_checks_what_arrives", baton_checks_what_arrives },
	{ "signal_is_known_by_its_sender", signal_is_known_by_its_sender },
	{ "ring_of_impossible_size", ring_of_impossible_size },
	{ "ring_counts_its_hands", ring_counts_its_hands },
	{ "hog_keeps_its_cpu_until_stopped", hog_keeps_its_cpu_until_stopped },
	{ "hog_without_a_cpu", hog_without_a_cpu },
	{ NULL, NULL },
};

const struct check_suite suite_switch = { "switch", tests };
