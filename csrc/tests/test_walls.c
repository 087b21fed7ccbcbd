/* Every probe, on both hosts, with the facts it must find on a sound Linux. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "faults/victim.h"
#include "fixture.h"
#include "wall.h"

#define SAMPLES 5

struct expectation {
	const char *name;
	int64_t value;
};

static void expect(struct check *check, const struct pw_result *result, const char *name, int64_t wanted)
{
	int64_t got;

	if (fixture_fact(result, name, &got) == 0 && got == wanted)
		return;
	check->failures++;
	printf("%s: %s: got %lld, wanted %lld\n", check->name, name, (long long)got, (long long)wanted);
}

static void expect_all(struct check *check, const struct pw_result *result, const struct expectation *list)
{
	for (; list->name; list++)
		expect(check, result, list->name, list->value);
}

static struct pw_shared *prepare(struct check *check, const char *name, const char *host)
{
	struct pw_shared *shared = fixture_open(SAMPLES, name);

	check->name = name;
	if (!CHECK(check, shared && pw_wall_find(name)))
		return NULL;
	shared->trial.task = PW_TASK_PROVE;
	if (host)
		fixture_set(&shared->trial, "host", 0, host);
	return shared;
}

static int carry_out(struct pw_shared *shared)
{
	struct pw_probe probe = {
		.trial = &shared->trial,
		.result = &shared->result,
		.ticks = fixture_ticks(shared),
		.ops = fixture_ops(shared),
		.capacity = shared->capacity,
	};

	return pw_wall_find(shared->trial.subject)->probe(&probe);
}

/* Runs the probe; NULL if it could not be carried out. */
static struct pw_shared *run(struct check *check, const char *name, const char *host, int wanted)
{
	struct pw_shared *shared = prepare(check, name, host);

	if (shared && CHECK_EQ(check, carry_out(shared), wanted) && !wanted)
		return shared;
	if (shared)
		fixture_close(shared);
	return NULL;
}

/* The same; NULL too if the machine lacks the fault, which is said in words. */
static struct pw_shared *run_fault(struct check *check, const struct pw_fault *fault, const char *name, const char *host)
{
	struct pw_shared *shared = prepare(check, name, host);
	int err = shared ? carry_out(shared) : -ENOMEM;

	if (!err)
		return shared;
	CHECK(check, err == -EOPNOTSUPP || err == -EPERM || err == -EACCES || err == -ENOSYS || err == -ENOSPC);
	CHECK(check, fault->needs && shared && strcmp(shared->result.reason, fault->needs) == 0);
	if (shared)
		fixture_close(shared);
	return NULL;
}

/* How many of the attempts were to leave a time of detection. */
static int timed(const struct pw_fault *fault)
{
	return !fault->slow && (fault->effect == PW_EFFECT_DEATH || fault->effect == PW_EFFECT_EXIT) ? SAMPLES : 0;
}

static void expect_samples(struct check *check, struct pw_shared *shared, int samples)
{
	CHECK_EQ(check, shared->result.count, samples);
	for (int i = 0; i < samples; i++) {
		CHECK(check, fixture_ticks(shared)[i] > 0 && fixture_ticks(shared)[i] < 60000000000ULL);
		CHECK_EQ(check, fixture_ops(shared)[i], 0);
	}
	CHECK(check, shared->result.end.raw_ns > shared->result.begin.raw_ns);
	CHECK(check, waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void crash_in_process(struct check *check, const char *name, const struct pw_fault *fault)
{
	static const struct expectation facts[] = {
		{ "code_expected", 1 }, { "address_expected", 1 }, { "did_not_crash", 0 }, { "other_endings", 0 },
		{ "victim_changed", 1 << 20 }, { "parent_changed", 0 }, { "parent_survived", 1 }, { "parent_denied", 0 },
		{ "sibling_alive", 1 }, { "sibling_answered", 1 }, { "sibling_changed", 0 },
		{ "descriptors_intact", 1 }, { NULL, 0 },
	};
	struct pw_shared *shared = run_fault(check, fault, name, "process");
	int attempts = fault->slow ? 1 : SAMPLES + 1;
	int64_t before;
	int64_t after;

	if (!shared)
		return;
	expect_all(check, &shared->result, facts);
	expect(check, &shared->result, "attempts", attempts);
	expect(check, &shared->result, "crashes", attempts);
	expect(check, &shared->result, "signal", pw_victim_signal_due(fault));
	expect(check, &shared->result, "exit_status", pw_victim_status_due(fault));
	expect(check, &shared->result, "recorded", fault->recorded);
	expect(check, &shared->result, "refused", fault->refusal);
	expect(check, &shared->result, "subdued", fault->effect == PW_EFFECT_STOP || fault->effect == PW_EFFECT_DEAF);
	expect(check, &shared->result, fault->effect == PW_EFFECT_REFUSAL ? "control_denied" : "control_died", 1);
	CHECK_EQ(check, fixture_fact(&shared->result, "parent_checksum_before", &before), 0);
	CHECK_EQ(check, fixture_fact(&shared->result, "parent_checksum_after", &after), 0);
	CHECK_EQ(check, before, after);
	expect_samples(check, shared, timed(fault));
	fixture_close(shared);
}

/* Only a thread that seccomp kills dies alone, and only a refusal is nobody's death. */
static void crash_in_thread(struct check *check, const char *name, const struct pw_fault *fault)
{
	static const struct expectation facts[] = {
		{ "did_not_crash", 0 }, { "other_endings", 0 }, { "control_alive", 1 }, { "parent_survived", 1 }, { NULL, 0 },
	};
	struct pw_shared *shared = run_fault(check, fault, name, "thread");
	int spared = fault->effect == PW_EFFECT_THREAD || fault->effect == PW_EFFECT_REFUSAL;
	int attempts = fault->slow ? 1 : SAMPLES;

	if (!shared)
		return;
	expect_all(check, &shared->result, facts);
	expect(check, &shared->result, "attempts", attempts);
	expect(check, &shared->result, "crashes", attempts);
	expect(check, &shared->result, "host_died", !spared);
	expect(check, &shared->result, "sibling_thread_alive", spared);
	expect(check, &shared->result, "sibling_thread_denied", fault->effect == PW_EFFECT_REFUSAL);
	expect(check, &shared->result, "host_signal", spared ? 0 : pw_victim_signal_due(fault));
	expect(check, &shared->result, "host_exit_status", spared ? 0 : pw_victim_status_due(fault));
	expect_samples(check, shared, timed(fault));
	fixture_close(shared);
}

static void crashes(struct check *check)
{
	char name[PW_NAME_MAX];

	for (uint32_t i = 0; pw_fault_at(i); i++) {
		snprintf(name, sizeof(name), "crash.%s", pw_fault_at(i)->name);
		crash_in_process(check, name, pw_fault_at(i));
		crash_in_thread(check, name, pw_fault_at(i));
	}
}

static void crash_needs_a_host(struct check *check)
{
	run(check, "crash.abort", NULL, -EINVAL);
	run(check, "mem.cow_child", NULL, -EINVAL);
}

/* The supervisor's own signals are as they were. */
static void crash_restores_sigpipe(struct check *check)
{
	struct sigaction now;
	struct pw_shared *shared = run(check, "crash.abort", "process", 0);

	CHECK_EQ(check, sigaction(SIGPIPE, NULL, &now), 0);
	CHECK(check, now.sa_handler == SIG_DFL);
	if (shared)
		fixture_close(shared);
}

static void cow_in_process(struct check *check, const char *name)
{
	static const struct expectation facts[] = {
		{ "regions", 8 }, { "bytes", 8 * 4096 }, { "leaked_bytes", 0 }, { "leaked_data", 0 },
		{ "leaked_bss", 0 }, { "leaked_heap", 0 }, { "leaked_stack", 0 }, { "leaked_tls", 0 },
		{ "leaked_environment", 0 }, { "leaked_anonymous", 0 }, { "leaked_file", 0 },
		{ "writer_changed", 8 * 4096 }, { "control_shared", 4096 }, { "control_shared_expected", 4096 },
		{ "control_thread", 8 * 4096 }, { "control_thread_expected", 8 * 4096 }, { NULL, 0 },
	};
	struct pw_shared *shared = run(check, name, "process", 0);

	if (!shared)
		return;
	expect_all(check, &shared->result, facts);
	fixture_close(shared);
}

static void cow_in_thread(struct check *check, const char *name)
{
	static const struct expectation facts[] = {
		{ "regions", 8 }, { "bytes", 8 * 4096 }, { "leaked_bytes", 8 * 4096 }, { "leaked_data", 4096 },
		{ "leaked_bss", 4096 }, { "leaked_heap", 4096 }, { "leaked_stack", 4096 }, { "leaked_tls", 4096 },
		{ "leaked_environment", 4096 }, { "leaked_anonymous", 4096 }, { "leaked_file", 4096 },
		{ "writer_changed", 8 * 4096 }, { "control_shared", 4096 }, { "control_shared_expected", 4096 },
		{ "control_process", 0 }, { "control_process_expected", 0 }, { NULL, 0 },
	};
	struct pw_shared *shared = run(check, name, "thread", 0);

	if (!shared)
		return;
	expect_all(check, &shared->result, facts);
	fixture_close(shared);
}

static void copy_on_write(struct check *check)
{
	const char *path = getenv("PATH");

	cow_in_process(check, "mem.cow_child");
	cow_in_thread(check, "mem.cow_child");
	cow_in_process(check, "mem.cow_parent");
	cow_in_thread(check, "mem.cow_parent");
	CHECK(check, getenv("PATH") == path && !getenv("PARTYWALL_COW"));
}

static void probe_tables_have_an_end(struct check *check)
{
	struct pw_result result = { 0 };
	uint64_t ticks[1];
	uint32_t ops[1];
	struct pw_probe probe = { .result = &result, .ticks = ticks, .ops = ops, .capacity = 1 };

	for (int i = 0; i < PW_FACTS_MAX; i++)
		CHECK_EQ(check, pw_probe_fact(&probe, "fact", i), 0);
	CHECK_EQ(check, pw_probe_fact(&probe, "fact", 0), -ENOSPC);
	CHECK_EQ(check, pw_probe_sample(&probe, 2, 3), 0);
	CHECK_EQ(check, pw_probe_sample(&probe, 2, 3), -ENOSPC);
	CHECK_EQ(check, result.count, 1);
	CHECK_EQ(check, ticks[0], 3);
	CHECK_EQ(check, ops[0], 2);
}

static const struct check_test tests[] = {
	{ "crashes", crashes },
	{ "crash_needs_a_host", crash_needs_a_host },
	{ "crash_restores_sigpipe", crash_restores_sigpipe },
	{ "copy_on_write", copy_on_write },
	{ "probe_tables_have_an_end", probe_tables_have_an_end },
	{ NULL, NULL },
};

const struct check_suite suite_walls = { "walls", tests };
