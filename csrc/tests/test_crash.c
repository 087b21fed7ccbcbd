/* Crashes in every host: what must have happened, what must be as it was, and nothing that stays. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cgroup_place.h"
#include "faults/faults.h"
#include "prove.h"
#include "route.h"
#include "sha256.h"

#define ROUTES PW_ROUTE_COUNT
#define FALLS (FIXTURE_SAMPLES - 2)

static const struct fixture_fact_due bystanders[] = {
	{ "parent_survived", 1 }, { "parent_denied", 0 }, { "parent_changed", 0 },
	{ "parent_sha256_unchanged", 1 }, { "parent_identity_unchanged", 1 }, { "parent_signals_unchanged", 1 },
	{ "sibling_alive", 1 }, { "sibling_answered", 1 }, { "sibling_changed", 0 },
	{ "sibling_sha256_unchanged", 1 }, { "sibling_identity_unchanged", 1 },
	{ "sibling_signals_unchanged", 1 }, { "shared_state_intact", 1 }, { "descriptors_intact", 1 },
	{ NULL, 0 },
};
static const struct fixture_fact_due made[] = {
	{ "did_not_crash", 0 }, { "other_endings", 0 }, { "code_expected", 1 }, { "address_expected", 1 },
	{ NULL, 0 },
};
static const struct fixture_fact_due own[] = {
	{ "victim_changed", 16 * 1024 }, { "control_unhurt", 1 }, { "eof_hidden_by_sibling", 1 },
	{ "eof_after_sibling", 1 }, { NULL, 0 },
};
static const struct fixture_fact_due shared_memory[] = {
	{ "victim_changed", 4096 }, { "host_died", 0 }, { "host_changed", 1 }, { "sibling_thread_alive", 1 },
	{ "sibling_thread_denied", 0 }, { "control_unhurt", 1 }, { "control_changed", 4096 }, { NULL, 0 },
};

static void expect_nothing_left(struct check *check, int descriptors)
{
	CHECK(check, waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	CHECK_EQ(check, fixture_descriptors(), descriptors);
}

/* Each route in its turn, and the heartbeats. */
static void expect_samples(struct check *check, struct pw_shared *shared, const struct pw_fault *fault, int routes)
{
	int64_t seen[ROUTES + 2] = { 0 };
	int timed = !fault->slow && (fault->effect == PW_EFFECT_DEATH || fault->effect == PW_EFFECT_EXIT);

	for (uint64_t i = 0; i < shared->result.count; i++)
		if (CHECK(check, fixture_ops(shared)[i] < ROUTES + 2))
			seen[fixture_ops(shared)[i]]++;
	for (int i = 0; i < ROUTES; i++)
		CHECK_EQ(check, seen[i], timed && i < routes ? FALLS / routes + (i < FALLS % routes) : 0);
	CHECK_EQ(check, seen[ROUTES], !fault->slow);
	CHECK_EQ(check, seen[ROUTES + 1], !fault->slow);
}

static void expect_control(struct check *check, const struct pw_shared *shared, const struct pw_fault *fault)
{
	const struct pw_fault *control = fault->control ? pw_fault_find(fault->control) : fault;
	int denies = CHECK(check, control != NULL) && control->effect == PW_EFFECT_REFUSAL;

	fixture_expect(check, &shared->result, denies ? "control_denied" : "control_died", 1);
}

static void crash(struct check *check, const struct pw_fault *fault, const char *host)
{
	int inmate = strcmp(host, "clone_vm") == 0 || strcmp(host, "vfork") == 0;
	int descriptors = fixture_descriptors();
	char name[PW_NAME_MAX];
	struct pw_shared *shared;

	snprintf(name, sizeof(name), "crash.%s", fault->name);
	shared = fixture_prove_if_allowed(check, name, host);
	if (shared) {
		fixture_expect_all(check, &shared->result, made);
		fixture_expect_all(check, &shared->result, bystanders);
		fixture_expect_all(check, &shared->result, inmate ? shared_memory : own);
		fixture_expect(check, &shared->result, "confined", !inmate && strcmp(host, "process") != 0);
		expect_control(check, shared, fault);
		expect_samples(check, shared, fault, inmate ? 1 : ROUTES);
		fixture_close(shared);
	}
	expect_nothing_left(check, descriptors);
	if (check->failures)
		printf("%s: %s\n", name, host);
}

/* Those that take seconds are for the catalog to run, each once. */
static int is_quick(const struct pw_fault *fault)
{
	return pw_fault_exists(fault) && !fault->slow;
}

static void every_fault(struct check *check, const char *host)
{
	for (uint32_t i = 0; pw_fault_at(i); i++)
		if (is_quick(pw_fault_at(i)))
			crash(check, pw_fault_at(i), host);
}

static void in_processes(struct check *check)
{
	every_fault(check, "process");
}

static void in_programs(struct check *check)
{
	every_fault(check, "exec");
}

static void in_namespaces(struct check *check)
{
	every_fault(check, "namespaces");
}

static void under_filters(struct check *check)
{
	every_fault(check, "seccomp");
}

static void under_landlock(struct check *check)
{
	every_fault(check, "landlock");
}

static void in_cgroups(struct check *check)
{
	every_fault(check, "cgroup");
}

static void in_shared_memory(struct check *check)
{
	every_fault(check, "clone_vm");
}

static void in_vfork_children(struct check *check)
{
	every_fault(check, "vfork");
}

static void crash_in_thread(struct check *check, const struct pw_fault *fault)
{
	int spares = pw_fault_spares_process(fault);
	int denies = fault->effect == PW_EFFECT_REFUSAL;
	int descriptors = fixture_descriptors();
	char name[PW_NAME_MAX];
	struct pw_shared *shared;

	snprintf(name, sizeof(name), "crash.%s", fault->name);
	shared = fixture_prove_if_allowed(check, name, "thread");
	if (shared) {
		fixture_expect_all(check, &shared->result, made);
		fixture_expect_all(check, &shared->result, bystanders);
		fixture_expect(check, &shared->result, "host_died", !spares);
		fixture_expect(check, &shared->result, "sibling_thread_alive", spares);
		fixture_expect(check, &shared->result, "sibling_thread_denied", denies);
		fixture_expect(check, &shared->result, "control_alive", 1);
		expect_samples(check, shared, fault, ROUTES);
		fixture_close(shared);
	}
	expect_nothing_left(check, descriptors);
}

static void in_threads(struct check *check)
{
	for (uint32_t i = 0; pw_fault_at(i); i++)
		if (is_quick(pw_fault_at(i)))
			crash_in_thread(check, pw_fault_at(i));
}

/* The supervisor's own signals are as they were. */
static void signals_are_restored(struct check *check)
{
	struct sigaction now;
	sigset_t mask;
	struct pw_shared *shared = fixture_prove(check, "crash.abort", "process", 0);

	CHECK_EQ(check, sigaction(SIGPIPE, NULL, &now), 0);
	CHECK(check, now.sa_handler == SIG_DFL);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	CHECK_EQ(check, sigismember(&mask, SIGCHLD), 0);
	if (shared)
		fixture_close(shared);
}

/* Directories of ours below the cgroup that we may divide; -1 if there is none. */
static int count_cgroups(void)
{
	char path[PW_CGROUP_HIERARCHIES][PW_PATH_MAX];
	struct stat found;
	uint32_t version;
	int links = 0;

	if (pw_cgroup_place(&version, path))
		return -1;
	for (uint32_t i = 0; i < (version == 1 ? PW_CGROUP_HIERARCHIES : 1); i++)
		links += stat(path[i], &found) == 0 ? (int)found.st_nlink : 0;
	return links;
}

/* Killed at any moment, a worker leaves no cgroup behind, and nobody who would hold it. */
static void killed_workers_leave_no_cgroup(struct check *check)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	int before = count_cgroups();

	for (long moment = 0; before >= 0 && moment < 20; moment++) {
		const struct timespec delay = { .tv_nsec = moment * 300000 };
		pid_t pid = fork();

		if (pid == 0) {
			struct check unused = { .name = "killed" };

			setpgid(0, 0);
			for (;;) {
				struct pw_shared *shared = fixture_prove_if_allowed(&unused, "crash.abort", "cgroup");

				if (!shared)
					_exit(1);
				fixture_close(shared);
			}
		}
		setpgid(pid, pid);
		nanosleep(&delay, NULL);
		kill(-pid, SIGKILL);
		CHECK_EQ(check, waitpid(pid, NULL, 0), pid);
	}
	/* The guardian has to see the end of its pipe first; and somebody else may be at work here. */
	for (int tries = 0; tries < 500 && count_cgroups() > before; tries++)
		nanosleep(&pause, NULL);
	CHECK(check, count_cgroups() <= before);
}

static void expect_digest(struct check *check, const char *text, size_t times, const uint32_t *wanted)
{
	size_t length = strlen(text);
	char *whole = malloc(length * times + 1);
	struct pw_sha256 digest;

	if (!CHECK(check, whole != NULL))
		return;
	for (size_t i = 0; i < times; i++)
		memcpy(whole + i * length, text, length);
	pw_sha256(&digest, whole, length * times);
	for (size_t i = 0; i < PW_SHA256_WORDS; i++)
		CHECK_EQ(check, digest.word[i], wanted[i]);
	free(whole);
}

/* The examples of FIPS 180-4: nothing, one block, two blocks, and a million letters. */
static void digests_are_those_of_the_standard(struct check *check)
{
	static const uint32_t nothing[] = {
		0xe3b0c442, 0x98fc1c14, 0x9afbf4c8, 0x996fb924, 0x27ae41e4, 0x649b934c, 0xa495991b, 0x7852b855,
	};
	static const uint32_t abc[] = {
		0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223, 0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad,
	};
	static const uint32_t two[] = {
		0x248d6a61, 0xd20638b8, 0xe5c02693, 0x0c3e6039, 0xa33ce459, 0x64ff2167, 0xf6ecedd4, 0x19db06c1,
	};
	static const uint32_t million[] = {
		0xcdc76e5c, 0x9914fb92, 0x81a1c7e2, 0x84d73e67, 0xf1809a48, 0xa497200e, 0x046d39cc, 0xc7112cd0,
	};

	expect_digest(check, "", 1, nothing);
	expect_digest(check, "abc", 1, abc);
	expect_digest(check, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1, two);
	expect_digest(check, "a", 1000000, million);
}

static const struct check_test tests[] = {
	{ "in_processes", in_processes },
	{ "in_programs", in_programs },
	{ "in_namespaces", in_namespaces },
	{ "under_filters", under_filters },
	{ "under_landlock", under_landlock },
	{ "in_cgroups", in_cgroups },
	{ "in_shared_memory", in_shared_memory },
	{ "in_vfork_children", in_vfork_children },
	{ "in_threads", in_threads },
	{ "signals_are_restored", signals_are_restored },
	{ "killed_workers_leave_no_cgroup", killed_workers_leave_no_cgroup },
	{ "digests_are_those_of_the_standard", digests_are_those_of_the_standard },
	{ NULL, NULL },
};

const struct check_suite suite_crash = { "crash", tests };
