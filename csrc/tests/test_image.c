/* What a worker is told to hold, it holds: asked of the kernel. */
#include "image.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "procfile.h"

#define MIB (1L << 20)
#define SIZE (32 * MIB)
/* The kernel adds up resident pages in batches, one for each CPU. */
#define ABOUT_SIZE (SIZE / 10 * 9)

static struct pw_trial a_trial(void)
{
	struct pw_trial trial = { .seed = 1 };
	const char *directory = getenv("TMPDIR");

	if (!directory)
		directory = "/tmp";
	memcpy(trial.directory, directory, strlen(directory) + 1);
	return trial;
}

static int64_t own(const char *label)
{
	return pw_procfile_number("/proc/self/status", label);
}

static int64_t bytes_of(const char *label)
{
	return own(label) * 1024;
}

static void resident_memory_is_dirty(struct check *check)
{
	struct pw_trial trial = a_trial();
	int64_t page = sysconf(_SC_PAGESIZE);
	int64_t anonymous = bytes_of("RssAnon");
	int64_t tables = bytes_of("VmPTE");

	fixture_set(&trial, "resident", SIZE, "32MiB");
	CHECK_EQ(check, pw_image_build(&trial), 0);
	CHECK(check, bytes_of("RssAnon") - anonymous >= ABOUT_SIZE);
	/* Small pages: an entry of eight bytes for each. */
	CHECK(check, bytes_of("VmPTE") - tables >= SIZE / page * 8);
}

static void resident_memory_is_shared(struct check *check)
{
	struct pw_trial trial = a_trial();
	int64_t anonymous = bytes_of("RssAnon");
	int64_t shared = bytes_of("RssShmem");

	fixture_set(&trial, "resident", SIZE, "32MiB");
	fixture_set(&trial, "memory", 0, "shared");
	CHECK_EQ(check, pw_image_build(&trial), 0);
	CHECK(check, bytes_of("RssShmem") - shared >= ABOUT_SIZE);
	CHECK(check, bytes_of("RssAnon") - anonymous < SIZE / 2);
}

static void resident_memory_is_a_file(struct check *check)
{
	struct pw_trial trial = a_trial();
	int fds = fixture_descriptors();
	int64_t anonymous = bytes_of("RssAnon");
	/* A file of a tmpfs counts as shared memory. */
	int64_t mapped = bytes_of("RssFile") + bytes_of("RssShmem");

	fixture_set(&trial, "resident", SIZE, "32MiB");
	fixture_set(&trial, "memory", 0, "file");
	CHECK_EQ(check, pw_image_build(&trial), 0);
	CHECK(check, bytes_of("RssFile") + bytes_of("RssShmem") - mapped >= ABOUT_SIZE);
	CHECK(check, bytes_of("RssAnon") - anonymous < SIZE / 2);
	CHECK_EQ(check, fixture_descriptors(), fds);
}

static void a_directory_that_is_not_there(struct check *check)
{
	struct pw_trial trial = { .directory = "/nowhere/at/all" };

	fixture_set(&trial, "resident", SIZE, "32MiB");
	fixture_set(&trial, "memory", 0, "file");
	CHECK_EQ(check, pw_image_build(&trial), -ENOENT);
}

/* Whether there are enough is the machine's to say, not to pretend. */
static void huge_pages_are_given_or_refused(struct check *check)
{
	struct pw_trial trial = a_trial();
	int64_t before = pw_procfile_number("/proc/self/smaps_rollup", "AnonHugePages");
	int64_t gained;
	int err;

	fixture_set(&trial, "resident", SIZE, "32MiB");
	fixture_set(&trial, "thp", 0, "always");
	err = pw_image_build(&trial);
	gained = (pw_procfile_number("/proc/self/smaps_rollup", "AnonHugePages") - before) * 1024;
	CHECK_EQ(check, err, gained >= ABOUT_SIZE ? 0 : -EOPNOTSUPP);
}

static void huge_pages_that_are_off_are_refused(struct check *check)
{
	struct pw_trial trial = a_trial();

	fixture_set(&trial, "resident", SIZE, "32MiB");
	fixture_set(&trial, "thp", 0, "always");
	if (!CHECK(check, prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0))
		return;
	CHECK_EQ(check, pw_image_build(&trial), -EOPNOTSUPP);
}

static void huge_pages_of_what_has_none(struct check *check)
{
	static const char *const memories[] = { "shared", "file" };

	for (int i = 0; i < 2; i++) {
		struct pw_trial trial = a_trial();

		fixture_set(&trial, "resident", SIZE, "32MiB");
		fixture_set(&trial, "thp", 0, "always");
		fixture_set(&trial, "memory", 0, memories[i]);
		CHECK_EQ(check, pw_image_build(&trial), -EINVAL);
	}
}

static int64_t count_mappings(void)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	int64_t count = 0;

	if (!maps)
		return -1;
	for (int c = getc(maps); c != EOF; c = getc(maps))
		count += c == '\n';
	fclose(maps);
	return count;
}

static void mappings_descriptors_and_threads(struct check *check)
{
	struct pw_trial trial = a_trial();
	int fds = fixture_descriptors();
	int64_t mappings = count_mappings();

	fixture_set(&trial, "vmas", 501, "501");
	CHECK_EQ(check, pw_image_build(&trial), 0);
	/* The counting itself may need memory. */
	CHECK(check, count_mappings() - mappings >= 501);
	CHECK(check, count_mappings() - mappings < 511);

	trial = a_trial();
	fixture_set(&trial, "fds", 100, "100");
	CHECK_EQ(check, pw_image_build(&trial), 0);
	CHECK_EQ(check, fixture_descriptors(), fds + 100);

	trial = a_trial();
	fixture_set(&trial, "threads", 5, "5");
	CHECK_EQ(check, own("Threads"), 1);
	CHECK_EQ(check, pw_image_build(&trial), 0);
	CHECK_EQ(check, own("Threads"), 6);
}

static void words_that_mean_nothing(struct check *check)
{
	static const char *const factors[] = { "memory", "thp" };

	for (int i = 0; i < 2; i++) {
		struct pw_trial trial = a_trial();

		fixture_set(&trial, factors[i], 0, "some");
		CHECK_EQ(check, pw_image_build(&trial), -EINVAL);
	}
}

static const struct check_test tests[] = {
	{ "resident_memory_is_dirty", resident_memory_is_dirty },
	{ "resident_memory_is_shared", resident_memory_is_shared },
	{ "resident_memory_is_a_file", resident_memory_is_a_file },
	{ "a_directory_that_is_not_there", a_directory_that_is_not_there },
	{ "huge_pages_are_given_or_refused", huge_pages_are_given_or_refused },
	{ "huge_pages_that_are_off_are_refused", huge_pages_that_are_off_are_refused },
	{ "huge_pages_of_what_has_none", huge_pages_of_what_has_none },
	{ "mappings_descriptors_and_threads", mappings_descriptors_and_threads },
	{ "words_that_mean_nothing", words_that_mean_nothing },
	{ NULL, NULL },
};

const struct check_suite suite_image = { "image", tests };
