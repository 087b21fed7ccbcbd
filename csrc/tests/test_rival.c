/* Rivals: as many as asked for, on other CPUs, at work, and gone with their parent. */
#include "rival.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"

/* Written by rivals: slot CPU is theirs who run there. */
static struct at_work {
	_Atomic uint64_t ops[CPU_SETSIZE];
	_Atomic int pid[CPU_SETSIZE];
} *seen;

static int work_drive(void *state, uint64_t ops)
{
	int cpu = sched_getcpu();

	if (cpu < 0)
		return -errno;
	atomic_store(&seen->pid[cpu], getpid());
	atomic_fetch_add(&seen->ops[cpu], ops);
	return sched_yield() < 0 ? -errno : 0;
}

static int fail_drive(void *state, uint64_t ops)
{
	return -EIO;
}

static const struct pw_primitive working = { .name = "working", .drive = work_drive };
static const struct pw_primitive failing = { .name = "failing", .drive = fail_drive };
static const struct pw_primitive paired = { .name = "paired", .drive = work_drive, .serve = work_drive };

/* The first CPU that we may use; -1 where the test cannot be done. */
static int first_cpu(uint64_t *others)
{
	cpu_set_t allowed;
	int first = -1;

	*others = 0;
	if (sched_getaffinity(0, sizeof(allowed), &allowed) < 0)
		return -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET((size_t)cpu, &allowed) && first < 0)
			first = cpu;
		else if (CPU_ISSET((size_t)cpu, &allowed))
			++*others;
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return seen == MAP_FAILED ? -1 : first;
}

static void check_at_work(struct check *check, int driver_cpu, uint64_t wanted)
{
	uint64_t found = 0;

	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		int pid = atomic_load(&seen->pid[cpu]);
		uint64_t ops = atomic_load(&seen->ops[cpu]);

		if (!pid)
			continue;
		CHECK(check, cpu != driver_cpu && pid != getpid());
		/* It goes on with it. */
		for (int i = 0; i < 10000 && atomic_load(&seen->ops[cpu]) < ops + 10; i++)
			usleep(1000);
		CHECK(check, atomic_load(&seen->ops[cpu]) >= ops + 10);
		found++;
	}
	CHECK_EQ(check, found, wanted);
}

static void rivals_work_on_other_cpus(struct check *check)
{
	uint64_t others;
	struct pw_trial trial = { .driver_cpu = first_cpu(&others), .clock = PW_CLOCK_MONOTONIC_RAW };

	if (!CHECK(check, trial.driver_cpu >= 0))
		return;
	CHECK_EQ(check, pw_rivals_start(&working, &trial, 0), 0);
	check_at_work(check, trial.driver_cpu, 0);
	CHECK_EQ(check, pw_rivals_start(&working, &trial, others), 0);
	check_at_work(check, trial.driver_cpu, others);
}

static void more_rivals_than_cpus(struct check *check)
{
	uint64_t others;
	struct pw_trial trial = { .driver_cpu = first_cpu(&others), .clock = PW_CLOCK_MONOTONIC_RAW };

	CHECK_EQ(check, pw_rivals_start(&working, &trial, others + 1), -EOPNOTSUPP);
}

static void rivals_that_cannot_be(struct check *check)
{
	uint64_t others;
	struct pw_trial trial = { .driver_cpu = first_cpu(&others), .clock = PW_CLOCK_MONOTONIC_RAW };

	CHECK_EQ(check, pw_rivals_start(&paired, &trial, 1), -EINVAL);
	CHECK_EQ(check, pw_rivals_start(&failing, &trial, 1), others ? -ECHILD : -EOPNOTSUPP);
}

static int gone(pid_t pid)
{
	for (int i = 0; i < 10000; i++) {
		if (kill(pid, 0) < 0 && errno == ESRCH)
			return 1;
		usleep(1000);
	}
	return 0;
}

static void rivals_end_with_their_parent(struct check *check)
{
	uint64_t others;
	struct pw_trial trial = { .driver_cpu = first_cpu(&others), .clock = PW_CLOCK_MONOTONIC_RAW };
	pid_t pid;
	int status;

	pid = fork();
	if (pid == 0) {
		if (pw_rivals_start(&working, &trial, others))
			_exit(1);
		raise(SIGKILL);
	}
	CHECK(check, waitpid(pid, &status, 0) == pid && WIFSIGNALED(status));
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (atomic_load(&seen->pid[cpu]))
			CHECK(check, gone(atomic_load(&seen->pid[cpu])));
}

static const struct check_test tests[] = {
	{ "rivals_work_on_other_cpus", rivals_work_on_other_cpus },
	{ "more_rivals_than_cpus", more_rivals_than_cpus },
	{ "rivals_that_cannot_be", rivals_that_cannot_be },
	{ "rivals_end_with_their_parent", rivals_end_with_their_parent },
	{ NULL, NULL },
};

const struct check_suite suite_rival = { "rival", tests };
