/* What is read of /proc, and the pages that it speaks of. */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "census.h"
#include "check.h"
#include "io.h"
#include "pages.h"
#include "task.h"

/* More than the sanitizers take for themselves. */
#define OWN_BYTES (32L << 20)

/* A file with this text, read as the census reads /proc. */
static int read_text(const char *text, size_t size, struct pw_census_line *lines, size_t count)
{
	int fd = memfd_create("census", MFD_CLOEXEC);
	char path[64];
	int err;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	err = pw_io_write_all(fd, text, size);
	if (!err)
		err = pw_census_read(path, lines, count);
	pw_io_close(&fd);
	return err;
}

static void words_and_numbers(struct check *check)
{
	static const char text[] = "55c8-7ffe ---p 00000000 [rollup]\n"
				   "Pss:                 260 kB\n"
				   "Pss_Dirty:           116 kB\n"
				   "pages Pss: 7\n"
				   "NotPss: 8\n"
				   "a_word_that_is_longer_than_any_that_is_asked_for: 9\n"
				   "\n"
				   "   count:\t40\n"
				   "              count: 2\n"
				   "Last: 18446744";
	struct pw_census_line lines[] = { { .word = "count:" }, { .word = "Pss:" }, { .word = "Last:" } };

	CHECK_EQ(check, read_text(text, sizeof(text) - 1, lines, 3), 0);
	CHECK_EQ(check, lines[0].number, 42);
	CHECK_EQ(check, lines[0].count, 2);
	CHECK_EQ(check, lines[1].number, 260);
	CHECK_EQ(check, lines[1].count, 1);
	CHECK_EQ(check, lines[2].number, 18446744);
}

static void what_is_not_told_is_not_supported(struct check *check)
{
	static const char *const texts[] = { "", "\n", "Pss:", "Pss:\n", "Pss: kB 5\n", "Pss 5\n", "Pss:5\n", "Pss: -5\n" };
	struct pw_census_line line = { .word = "Pss:" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		CHECK_EQ(check, read_text(texts[i], strlen(texts[i]), &line, 1), -EOPNOTSUPP);
	CHECK_EQ(check, line.number, 0);
	CHECK_EQ(check, pw_census_read("/proc/no/such/file", &line, 1), -EOPNOTSUPP);
	CHECK(check, pw_census_read("/proc/self/mem", &line, 1) < 0);
}

/* Wherever the line lies between two reads, it is the same line. */
static void a_line_in_two_chunks(struct check *check)
{
	static const char line[] = "Private_Dirty:  1234 kB\n";
	char text[8192];

	for (size_t before = 4096 - sizeof(line); before <= 4096; before++) {
		struct pw_census_line found = { .word = "Private_Dirty:" };

		memset(text, 'x', before);
		text[before - 1] = '\n';
		memcpy(text + before, line, sizeof(line) - 1);
		CHECK_EQ(check, read_text(text, before + sizeof(line) - 1, &found, 1), 0);
		CHECK_EQ(check, found.number, 1234);
	}
}

static void a_process_is_weighed(struct check *check)
{
	struct pw_census before = { 0 };
	struct pw_census after = { 0 };
	char *memory;

	CHECK_EQ(check, pw_census_process(getpid(), &before), 0);
	CHECK_EQ(check, pw_pages_map(OWN_BYTES, &memory), 0);
	pw_pages_write(memory, OWN_BYTES);
	CHECK_EQ(check, pw_census_process(getpid(), &after), 0);
	CHECK(check, before.pss > 0 && before.uss > 0 && before.page_tables > 0);
	CHECK(check, after.pss - before.pss >= OWN_BYTES);
	CHECK(check, after.uss - before.uss >= OWN_BYTES);
	CHECK(check, after.page_tables >= before.page_tables);
	/* A second look adds to the first. */
	before = after;
	CHECK_EQ(check, pw_census_process(getpid(), &after), 0);
	CHECK(check, after.uss >= before.uss + OWN_BYTES);
	munmap(memory, OWN_BYTES);
}

static void what_is_shared_is_divided(struct check *check)
{
	struct pw_census census = { 0 };
	char *memory;
	pid_t pid;
	int status;

	CHECK_EQ(check, pw_pages_map(OWN_BYTES, &memory), 0);
	pw_pages_write(memory, OWN_BYTES);
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	CHECK_EQ(check, pw_census_process(pid, &census), 0);
	CHECK(check, census.uss < OWN_BYTES && census.pss < OWN_BYTES);
	CHECK(check, census.pss >= OWN_BYTES / 2);
	kill(pid, SIGKILL);
	CHECK_EQ(check, pw_task_wait(pid, &status), 0);
	CHECK(check, pw_census_process(pid, &census) < 0);
	munmap(memory, OWN_BYTES);
}

static void the_machine_is_weighed(struct check *check)
{
	struct pw_census once = { 0 };
	struct pw_census twice = { 0 };

	CHECK_EQ(check, pw_census_settle(0), 0);
	CHECK_EQ(check, pw_census_settle(1000), 0);
	CHECK_EQ(check, pw_census_machine(&once), 0);
	CHECK(check, once.available > 0 && once.slab > 0 && once.kernel_stacks > 0);
	CHECK_EQ(check, once.pss + once.uss + once.page_tables, 0);
	CHECK_EQ(check, pw_census_machine(&twice), 0);
	CHECK_EQ(check, pw_census_machine(&twice), 0);
	CHECK(check, twice.slab > once.slab && twice.kernel_stacks > once.kernel_stacks);
}

static void a_page_is_a_fault(struct check *check)
{
	size_t size = 32 * pw_pages_size();
	int64_t before = 0;
	int64_t after = 0;
	char *memory;

	CHECK_EQ(check, pw_pages_map(size, &memory), 0);
	CHECK_EQ(check, pw_pages_faults(&before), 0);
	pw_pages_write(memory, size);
	CHECK_EQ(check, pw_pages_faults(&after), 0);
	CHECK(check, after - before >= 32);
	before = after;
	pw_pages_write(memory, size);
	CHECK_EQ(check, pw_pages_faults(&after), 0);
	CHECK(check, after - before < 32);
	CHECK_EQ(check, pw_pages_map(0, &memory), -EINVAL);
	munmap(memory, size);
}

static const struct check_test tests[] = {
	{ "words_and_numbers", words_and_numbers },
	{ "what_is_not_told_is_not_supported", what_is_not_told_is_not_supported },
	{ "a_line_in_two_chunks", a_line_in_two_chunks },
	{ "a_process_is_weighed", a_process_is_weighed },
	{ "what_is_shared_is_divided", what_is_shared_is_divided },
	{ "the_machine_is_weighed", the_machine_is_weighed },
	{ "a_page_is_a_fault", a_page_is_a_fault },
	{ NULL, NULL },
};

const struct check_suite suite_census = { "census", tests };
