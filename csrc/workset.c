/* Volatile accesses: none is left out, joined with another, or done two at a time. */
#include "workset.h"

#include <errno.h>
#include <sys/mman.h>

#include "rng.h"
#include "setting.h"

#define LINE 64
#define GOLDEN_RATIO 0x9e3779b97f4a7c15ULL

enum pattern { SEQUENTIAL, RANDOM, WRITTEN };

struct pw_workset_line {
	union {
		volatile uint64_t number;
		struct pw_workset_line *volatile next;
	};
	char rest[LINE - sizeof(uint64_t)];
};

/* Sattolo's shuffle: one cycle through all lines, so that a walk of `count` steps meets each
 * once and ends where it began. */
static void link_at_random(struct pw_workset *set, uint64_t random)
{
	struct pw_workset_line *lines = set->lines;

	for (size_t i = 0; i < set->count; i++)
		lines[i].next = &lines[i];
	for (size_t i = set->count; i-- > 1;) {
		struct pw_workset_line *other = &lines[pw_rng_next(&random) % i];
		struct pw_workset_line *next = other->next;

		other->next = lines[i].next;
		lines[i].next = next;
	}
}

static int map(struct pw_workset *set)
{
	size_t size = set->count * LINE;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	set->lines = memory;
	/* Small pages however many sets lie side by side; a kernel without huge ones says EINVAL. */
	if (madvise(memory, size, MADV_NOHUGEPAGE) < 0 && errno != EINVAL)
		return -errno;
	/* Shared with a forked peer, its pages would be copied at the next write. */
	return madvise(memory, size, MADV_DONTFORK) < 0 ? -errno : 0;
}

int pw_workset_open(struct pw_workset *set, const struct pw_trial *trial, uint32_t index)
{
	static const char *const patterns[] = { "sequential", "random", "written", NULL };
	uint64_t size = pw_setting_number(trial, "working_set", 0);
	int err = 0;

	*set = (struct pw_workset){ .pattern = pw_setting_word(trial, "pattern", patterns), .opened = 1 };
	if (set->pattern < 0)
		return set->pattern;
	set->count = size / LINE + (size % LINE != 0);
	if (set->count)
		err = map(set);
	if (err) {
		pw_workset_close(set);
		return err;
	}
	for (size_t i = 0; i < set->count; i++)
		set->lines[i].number = 1;
	if (set->pattern == RANDOM)
		link_at_random(set, (trial->seed + index * GOLDEN_RATIO) | 1);
	return 0;
}

void pw_workset_close(struct pw_workset *set)
{
	if (set->lines)
		munmap(set->lines, set->count * LINE);
	*set = (struct pw_workset){ .opened = 0 };
}

static int read_in_order(const struct pw_workset *set)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < set->count; i++)
		sum += set->lines[i].number;
	return sum == set->count ? 0 : -EPROTO;
}

static int follow(const struct pw_workset *set)
{
	struct pw_workset_line *line = set->lines;

	for (size_t i = 0; i < set->count; i++)
		line = line->next;
	return line == set->lines ? 0 : -EPROTO;
}

static int write_in_order(const struct pw_workset *set)
{
	for (size_t i = 0; i < set->count; i++)
		set->lines[i].number = i;
	return 0;
}

int pw_workset_touch(const struct pw_workset *set)
{
	switch ((enum pattern)set->pattern) {
	case RANDOM:
		return follow(set);
	case WRITTEN:
		return write_in_order(set);
	case SEQUENTIAL:
		break;
	}
	return read_in_order(set);
}
