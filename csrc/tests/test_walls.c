/* Every probe but those of crashes, with the facts it must find on a sound Linux. */
#include <errno.h>
#include <stdlib.h>

#include "check.h"
#include "prove.h"
#include "wall.h"

static void walls_need_a_host(struct check *check)
{
	fixture_prove(check, "crash.abort", NULL, -EINVAL);
	fixture_prove(check, "mem.cow_child", NULL, -EINVAL);
}

static void cow_in_process(struct check *check, const char *name)
{
	static const struct fixture_fact_due facts[] = {
		{ "regions", 8 }, { "bytes", 8 * 4096 }, { "leaked_bytes", 0 }, { "leaked_data", 0 },
		{ "leaked_bss", 0 }, { "leaked_heap", 0 }, { "leaked_stack", 0 }, { "leaked_tls", 0 },
		{ "leaked_environment", 0 }, { "leaked_anonymous", 0 }, { "leaked_file", 0 },
		{ "writer_changed", 8 * 4096 }, { "control_shared", 4096 }, { "control_shared_expected", 4096 },
		{ "control_thread", 8 * 4096 }, { "control_thread_expected", 8 * 4096 }, { NULL, 0 },
	};
	struct pw_shared *shared = fixture_prove(check, name, "process", 0);

	if (!shared)
		return;
	fixture_expect_all(check, &shared->result, facts);
	fixture_close(shared);
}

static void cow_in_thread(struct check *check, const char *name)
{
	static const struct fixture_fact_due facts[] = {
		{ "regions", 8 }, { "bytes", 8 * 4096 }, { "leaked_bytes", 8 * 4096 }, { "leaked_data", 4096 },
		{ "leaked_bss", 4096 }, { "leaked_heap", 4096 }, { "leaked_stack", 4096 }, { "leaked_tls", 4096 },
		{ "leaked_environment", 4096 }, { "leaked_anonymous", 4096 }, { "leaked_file", 4096 },
		{ "writer_changed", 8 * 4096 }, { "control_shared", 4096 }, { "control_shared_expected", 4096 },
		{ "control_process", 0 }, { "control_process_expected", 0 }, { NULL, 0 },
	};
	struct pw_shared *shared = fixture_prove(check, name, "thread", 0);

	if (!shared)
		return;
	fixture_expect_all(check, &shared->result, facts);
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
	{ "walls_need_a_host", walls_need_a_host },
	{ "copy_on_write", copy_on_write },
	{ "probe_tables_have_an_end", probe_tables_have_an_end },
	{ NULL, NULL },
};

const struct check_suite suite_walls = { "walls", tests };
