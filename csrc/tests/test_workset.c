/* A working set is met line by line, in an order that can be had again. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "task.h"
#include "workset.h"

#define LINE 64
#define WORDS_IN_A_LINE 8
#define LINES 67                /* prime, so that a shorter cycle cannot end where it began */

static struct pw_trial working(uint64_t size, const char *pattern, uint64_t seed)
{
	struct pw_trial trial = { .seed = seed };

	fixture_set(&trial, "working_set", size, "");
	fixture_set(&trial, "pattern", 0, pattern);
	return trial;
}

static void working_set_is_whole_lines(struct check *check)
{
	const uint64_t sizes[] = { 0, 1, 64, 65, 65536, 65600 };
	const size_t counts[] = { 0, 1, 1, 2, 1024, 1025 };
	const char *const patterns[] = { "sequential", "random", "written" };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t j = 0; j < sizeof(patterns) / sizeof(patterns[0]); j++) {
			struct pw_trial trial = working(sizes[i], patterns[j], 3);
			struct pw_workset set;

			CHECK_EQ(check, pw_workset_open(&set, &trial, 1), 0);
			CHECK_EQ(check, set.count, counts[i]);
			for (int k = 0; k < 3; k++)
				CHECK_EQ(check, pw_workset_touch(&set), 0);
			pw_workset_close(&set);
			CHECK(check, !set.lines && !set.opened);
		}
}

static void unknown_pattern(struct check *check)
{
	struct pw_trial trial = working(64, "backwards", 3);
	struct pw_workset set;

	CHECK_EQ(check, pw_workset_open(&set, &trial, 0), -EINVAL);
}

/* A line that is left out, met twice or changed is noticed. */
static void every_line_is_met(struct check *check)
{
	const char *const patterns[] = { "sequential", "random" };

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct pw_trial trial = working(LINES * LINE, patterns[i], 3);
		struct pw_workset set;
		uint64_t *words;

		if (!CHECK_EQ(check, pw_workset_open(&set, &trial, 0), 0))
			return;
		words = (uint64_t *)(void *)set.lines;
		for (size_t line = 0; line < set.count; line++) {
			uint64_t kept = words[line * WORDS_IN_A_LINE];
			uint64_t *other = &words[(line + 1) % set.count * WORDS_IN_A_LINE];

			words[line * WORDS_IN_A_LINE] = i ? *other : 2;
			CHECK_EQ(check, pw_workset_touch(&set), -EPROTO);
			words[line * WORDS_IN_A_LINE] = kept;
		}
		CHECK_EQ(check, pw_workset_touch(&set), 0);
		pw_workset_close(&set);
	}
}

static void written_lines_are_written(struct check *check)
{
	struct pw_trial trial = working(LINES * LINE, "written", 3);
	struct pw_workset set;

	if (!CHECK_EQ(check, pw_workset_open(&set, &trial, 0), 0))
		return;
	CHECK_EQ(check, pw_workset_touch(&set), 0);
	for (size_t line = 0; line < set.count; line++)
		CHECK_EQ(check, ((uint64_t *)(void *)set.lines)[line * WORDS_IN_A_LINE], line);
	pw_workset_close(&set);
}

/* Lines of the walk by their place, from the first on. */
static void walk(const struct pw_workset *set, size_t *places)
{
	const char *start = (const char *)set->lines;
	const char *at = start;

	for (size_t i = 0; i < set->count; i++) {
		places[i] = (size_t)(at - start) / LINE;
		at = *(char *const *)(const void *)at;
	}
}

static void random_order_is_one_cycle_from_seed_and_index(struct check *check)
{
	const uint64_t seeds[] = { 3, 3, 4, 3 };
	const uint32_t indices[] = { 0, 0, 0, 1 };
	size_t places[4][LINES];

	for (int i = 0; i < 4; i++) {
		struct pw_trial trial = working(LINES * LINE, "random", seeds[i]);
		int met[LINES] = { 0 };
		struct pw_workset set;

		if (!CHECK_EQ(check, pw_workset_open(&set, &trial, indices[i]), 0))
			return;
		walk(&set, places[i]);
		for (size_t j = 0; j < set.count; j++)
			met[places[i][j]]++;
		for (size_t j = 0; j < set.count; j++)
			CHECK_EQ(check, met[j], 1);
		pw_workset_close(&set);
	}
	CHECK(check, memcmp(places[0], places[1], sizeof(places[0])) == 0);
	CHECK(check, memcmp(places[0], places[2], sizeof(places[0])) != 0);
	CHECK(check, memcmp(places[0], places[3], sizeof(places[0])) != 0);
}

static void working_set_is_private(struct check *check)
{
	struct pw_trial trial = working(LINES * LINE, "written", 3);
	struct pw_workset set;
	unsigned char present;
	pid_t pid;

	if (!CHECK_EQ(check, pw_workset_open(&set, &trial, 0), 0))
		return;
	CHECK_EQ(check, mincore(set.lines, LINE, &present), 0);
	pid = fork();
	if (pid == 0)
		_exit(mincore(set.lines, LINE, &present) < 0 && errno == ENOMEM ? 0 : 1);
	CHECK_EQ(check, pw_task_wait_exit(pid, 0), 0);
	pw_workset_close(&set);
}

static const struct check_test tests[] = {
	{ "working_set_is_whole_lines", working_set_is_whole_lines },
	{ "unknown_pattern", unknown_pattern },
	{ "every_line_is_met", every_line_is_met },
	{ "written_lines_are_written", written_lines_are_written },
	{ "random_order_is_one_cycle_from_seed_and_index", random_order_is_one_cycle_from_seed_and_index },
	{ "working_set_is_private", working_set_is_private },
	{ NULL, NULL },
};

const struct check_suite suite_workset = { "workset", tests };
