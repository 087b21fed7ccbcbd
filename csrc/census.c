/* /proc/PID/smaps_rollup and status, /proc/meminfo and zoneinfo, word by word. */
#include "census.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "decimal.h"
#include "io.h"
#include "procfile.h"

#define KIB 1024
#define CHUNK 4096
#define WORD_MAX 32
#define GENERATIONS 3

/* RCU frees in portions, some of them 20 ms apart; a machine that is never at rest is not waited for. */
#define LOOK_NS 5000000
#define LOOKS_AT_REST_MAX 5
#define LOOKS_MAX 40
#define TASKS_PER_LOOK 25

/* Where in a line the reader is; it may stop at any character and go on in the next chunk. */
struct scan {
	enum { BEFORE_WORD, IN_WORD, BEFORE_NUMBER, IN_NUMBER, REST } at;
	char word[WORD_MAX];
	size_t length;
	int64_t number;
	struct pw_census_line *line;
};

static struct pw_census_line *find(const struct scan *scan, struct pw_census_line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(lines[i].word) == scan->length && memcmp(lines[i].word, scan->word, scan->length) == 0)
			return &lines[i];
	return NULL;
}

static void end_number(struct scan *scan)
{
	if (scan->at == IN_NUMBER) {
		scan->line->number += scan->number;
		scan->line->count++;
	}
}

static void take_word(struct scan *scan, char c, struct pw_census_line *lines, size_t count)
{
	int blank = c == ' ' || c == '\t';

	if (scan->at == BEFORE_WORD && blank)
		return;
	if (!blank) {
		scan->at = scan->length < WORD_MAX ? IN_WORD : REST;
		if (scan->at == IN_WORD)
			scan->word[scan->length++] = c;
		return;
	}
	scan->line = find(scan, lines, count);
	scan->at = scan->line ? BEFORE_NUMBER : REST;
}

static void take_number(struct scan *scan, char c)
{
	if (c >= '0' && c <= '9') {
		scan->number = scan->number * 10 + (c - '0');
		scan->at = IN_NUMBER;
	} else if (scan->at == IN_NUMBER || (c != ' ' && c != '\t')) {
		end_number(scan);
		scan->at = REST;
	}
}

static void take(struct scan *scan, char c, struct pw_census_line *lines, size_t count)
{
	if (c == '\n') {
		end_number(scan);
		*scan = (struct scan){ .at = BEFORE_WORD };
	} else if (scan->at == BEFORE_WORD || scan->at == IN_WORD) {
		take_word(scan, c, lines, count);
	} else if (scan->at != REST) {
		take_number(scan, c);
	}
}

int pw_census_read(const char *path, struct pw_census_line *lines, size_t count)
{
	struct scan scan = { .at = BEFORE_WORD };
	char text[CHUNK];
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return errno == ENOENT ? -EOPNOTSUPP : -errno;
	while ((got = read(fd, text, sizeof(text))) != 0) {
		if (got < 0 && errno != EINTR) {
			err = -errno;
			break;
		}
		for (ssize_t i = 0; i < got; i++)
			take(&scan, text[i], lines, count);
	}
	take(&scan, '\n', lines, count);
	pw_io_close(&fd);
	for (size_t i = 0; !err && i < count; i++)
		if (!lines[i].count)
			err = -EOPNOTSUPP;
	return err;
}

int pw_census_process(pid_t pid, struct pw_census *sum)
{
	struct pw_census_line memory[] = { { .word = "Pss:" }, { .word = "Private_Clean:" }, { .word = "Private_Dirty:" } };
	struct pw_census_line tables = { .word = "VmPTE:" };
	char path[PW_PROCFILE_PATH];
	int err;

	pw_procfile_path(path, pid, "smaps_rollup");
	err = pw_census_read(path, memory, sizeof(memory) / sizeof(memory[0]));
	if (err)
		return err;
	pw_procfile_path(path, pid, "status");
	err = pw_census_read(path, &tables, 1);
	if (err)
		return err;
	sum->pss += memory[0].number * KIB;
	sum->uss += (memory[1].number + memory[2].number) * KIB;
	sum->page_tables += tables.number * KIB;
	return 0;
}

/* As getdents64 fills it in; libc's reader allocates. */
struct entry {
	uint64_t inode;
	int64_t next;
	uint16_t length;
	uint8_t type;
	char name[];
};

static int census_children(pid_t pid, struct pw_census *sum, int depth);

static int census_if_child(pid_t pid, pid_t parent, struct pw_census *sum, int depth)
{
	char path[PW_PROCFILE_PATH];
	int err;

	pw_procfile_path(path, pid, "status");
	/* Some end while we look. */
	if (pw_procfile_number(path, "PPid") != parent)
		return 0;
	err = pw_census_process(pid, sum);
	return err || !depth ? err : census_children(pid, sum, depth - 1);
}

/* The list of children that the kernel may have been built to give is often missing. */
static int census_children(pid_t pid, struct pw_census *sum, int depth)
{
	_Alignas(8) char list[CHUNK];
	int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int err = fd < 0 ? -errno : 0;
	long got = 0;

	do {
		if (!err)
			got = syscall(SYS_getdents64, fd, list, sizeof(list));
		if (got < 0)
			err = -errno;
		for (long at = 0; !err && at < got;) {
			const struct entry *entry = (const void *)(list + at);

			if (entry->name[0] >= '1' && entry->name[0] <= '9')
				err = census_if_child((pid_t)pw_decimal_read(entry->name), pid, sum, depth);
			at += entry->length;
		}
	} while (!err && got > 0);
	pw_io_close(&fd);
	return err;
}

int pw_census_family(pid_t pid, struct pw_census *sum)
{
	int err = pw_census_process(pid, sum);

	return err ? err : census_children(pid, sum, GENERATIONS);
}

/* Freed pages are parked in lists of their CPU and missing from MemAvailable, hundreds of MiB on
 * some machines, and a new task is made of them: without them it would seem to take nothing. */
static int parked(int64_t *bytes)
{
	struct pw_census_line pages = { .word = "count:" };
	int err = pw_census_read("/proc/zoneinfo", &pages, 1);

	if (!err)
		*bytes = pages.number * sysconf(_SC_PAGESIZE);
	return err;
}

int pw_census_machine(struct pw_census *sum)
{
	struct pw_census_line memory[] = {
		{ .word = "MemAvailable:" },
		{ .word = "SReclaimable:" },
		{ .word = "SUnreclaim:" },
		{ .word = "KernelStack:" },
	};
	int64_t bytes = 0;
	int err = parked(&bytes);

	if (!err)
		err = pw_census_read("/proc/meminfo", memory, sizeof(memory) / sizeof(memory[0]));
	if (err)
		return err;
	sum->available += memory[0].number * KIB + bytes;
	sum->slab += (memory[1].number + memory[2].number) * KIB;
	sum->kernel_stacks += memory[3].number * KIB;
	return 0;
}

int pw_census_settle(uint64_t ended)
{
	const struct timespec look = { .tv_nsec = LOOK_NS };
	uint64_t wanted = (ended + TASKS_PER_LOOK - 1) / TASKS_PER_LOOK;
	int64_t least = INT64_MAX;
	uint64_t rest = 0;

	if (wanted > LOOKS_AT_REST_MAX)
		wanted = LOOKS_AT_REST_MAX;
	for (int looks = 0; looks < LOOKS_MAX; looks++) {
		struct pw_census_line slab = { .word = "SUnreclaim:" };
		int err = pw_census_read("/proc/meminfo", &slab, 1);

		if (err)
			return err;
		rest = slab.number < least ? 0 : rest + 1;
		least = slab.number < least ? slab.number : least;
		if (rest >= wanted)
			break;
		nanosleep(&look, NULL);
	}
	return 0;
}
