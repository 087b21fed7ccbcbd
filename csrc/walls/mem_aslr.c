/*
 * mem.aslr: the layout of one process does not tell that of the next program.
 *
 * 64 runs of one program say where they have stack, heap, mappings, text and vdso.  No
 * two may agree in all of them, and no region may lie at one place in all runs.  Controls:
 * forked children have their parent's layout, and programs that were exec'd with
 * ADDR_NO_RANDOMIZE, where that may be set, have all the same one.
 *
 * What a region's addresses tell of its randomness: the bits in which any two differ; how
 * many are distinct; and the bits of its range, from the distance between the least and the
 * greatest of n, times (n + 1) / (n - 1), in steps of the lowest bit that differs.  That is
 * right for addresses that are drawn uniformly, and good to about a tenth of a bit.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <unistd.h>

#include "decimal.h"
#include "io.h"
#include "layout.h"
#include "task.h"
#include "wall.h"

#define RUNS 64
#define CONTROLS 4

static const char *const varying_names[] = { "stack_bits_varying", "heap_bits_varying", "mmap_bits_varying",
					     "text_bits_varying", "vdso_bits_varying" };
static const char *const range_names[] = { "stack_bits_range", "heap_bits_range", "mmap_bits_range",
					   "text_bits_range", "vdso_bits_range" };
static const char *const distinct_names[] = { "stack_distinct", "heap_distinct", "mmap_distinct",
					      "text_distinct", "vdso_distinct" };

static int run_programs(struct pw_layout_run *run, struct pw_layout *layouts, int count)
{
	int err = 0;

	for (int i = 0; !err && i < count; i++) {
		err = pw_layout_start(run, -1, 0);
		if (!err)
			err = pw_layout_finish(run, &layouts[i], sizeof(layouts[i]));
	}
	return err;
}

/* `layouts` is shared memory. */
static int run_children(struct pw_layout *layouts, int count)
{
	pid_t parent = getpid();
	int err = 0;

	for (int i = 0; !err && i < count; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return -errno;
		if (pid == 0) {
			if (pw_task_bind_to_parent(parent))
				_exit(1);
			pw_layout_read(&layouts[i], (uint64_t)(uintptr_t)run_children);
			_exit(0);
		}
		err = pw_task_wait_exit(pid, 0);
	}
	return err;
}

static int same(const struct pw_layout *left, const struct pw_layout *right)
{
	return memcmp(left, right, sizeof(*left)) == 0;
}

static int64_t repeated(const struct pw_layout *layouts, int count)
{
	int64_t found = 0;

	for (int i = 1; i < count; i++)
		for (int j = 0; j < i; j++)
			if (same(&layouts[i], &layouts[j])) {
				found++;
				break;
			}
	return found;
}

static int64_t like_first(const struct pw_layout *layouts, int count)
{
	int64_t found = 0;

	for (int i = 0; i < count; i++)
		found += layouts[i].at[PW_LAYOUT_STACK] && same(&layouts[i], &layouts[0]);
	return found;
}

/* log2, rounded to the nearest integer: above the square root of two times a power, up. */
static int64_t log2_rounded(uint64_t value)
{
	int bits = 63 - __builtin_clzll(value | 1);
	uint64_t scaled = bits > 31 ? value >> (bits - 31) : value << (31 - bits);

	return bits + (int64_t)(scaled * scaled >> 63);
}

static int64_t distinct(const struct pw_layout *layouts, int region)
{
	int64_t found = 0;

	for (int i = 0; i < RUNS; i++) {
		int j = 0;

		while (layouts[j].at[region] != layouts[i].at[region])
			j++;
		found += j == i;
	}
	return found;
}

static int report_region(struct pw_probe *probe, const struct pw_layout *layouts, int region)
{
	uint64_t least = layouts[0].at[region];
	uint64_t greatest = least;
	uint64_t varying = 0;
	uint64_t range = 1;
	int err;

	for (int i = 1; i < RUNS; i++) {
		uint64_t at = layouts[i].at[region];

		varying |= at ^ layouts[0].at[region];
		least = at < least ? at : least;
		greatest = at > greatest ? at : greatest;
	}
	if (varying)
		range = ((greatest - least) >> __builtin_ctzll(varying)) / (RUNS - 1) * (RUNS + 1);
	err = pw_probe_fact(probe, varying_names[region], __builtin_popcountll(varying));
	if (!err)
		err = pw_probe_fact(probe, range_names[region], log2_rounded(range));
	return err ? err : pw_probe_fact(probe, distinct_names[region], distinct(layouts, region));
}

static int report(struct pw_probe *probe, const struct pw_layout *layouts)
{
	int64_t fixed = 0;
	int err = 0;

	for (int region = 0; !err && region < PW_LAYOUT_REGIONS; region++) {
		/* A kernel may have no vdso. */
		fixed += layouts[0].at[region] && distinct(layouts, region) == 1;
		err = report_region(probe, layouts, region);
	}
	if (!err)
		err = pw_probe_fact(probe, "layouts", RUNS);
	if (!err)
		err = pw_probe_fact(probe, "layouts_read", RUNS);
	if (!err)
		err = pw_probe_fact(probe, "layouts_repeated", repeated(layouts, RUNS));
	return err ? err : pw_probe_fact(probe, "regions_fixed", fixed);
}

static int report_setting(struct pw_probe *probe)
{
	char text[PW_DECIMAL_MAX];
	int err = pw_io_read_file("/proc/sys/kernel/randomize_va_space", text, sizeof(text));

	return pw_probe_fact(probe, "randomize_va_space", err ? -1 : (int64_t)pw_decimal_read(text));
}

static int may_unrandomise(void)
{
	int now = personality(0xffffffff);

	if (now < 0 || personality((unsigned long)now | ADDR_NO_RANDOMIZE) < 0)
		return 0;
	return personality((unsigned long)now) >= 0;
}

/* A container's filter may forbid personality(2); then there are no such programs to be the same. */
static int control_unrandomised(struct pw_probe *probe, struct pw_layout_run *run, struct pw_layout *layouts)
{
	int count = may_unrandomise() ? CONTROLS : 0;
	int err;

	run->personality = ADDR_NO_RANDOMIZE;
	err = run_programs(run, layouts, count);
	run->personality = 0;
	if (!err)
		err = pw_probe_fact(probe, "control_unrandomised", count);
	return err ? err : pw_probe_fact(probe, "control_unrandomised_same", like_first(layouts, count));
}

static int control_forked(struct pw_probe *probe, struct pw_layout *layouts)
{
	int err = run_children(layouts, CONTROLS);

	if (!err)
		err = pw_probe_fact(probe, "control_forked", CONTROLS);
	return err ? err : pw_probe_fact(probe, "control_forked_same", like_first(layouts, CONTROLS));
}

static int probe_aslr(struct pw_probe *probe)
{
	size_t size = RUNS * sizeof(struct pw_layout);
	struct pw_layout *layouts = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct pw_layout_run run;
	int err;

	if (layouts == MAP_FAILED)
		return -errno;
	err = pw_layout_find(&run, probe->trial);
	if (!err)
		err = run_programs(&run, layouts, RUNS);
	if (!err)
		err = report(probe, layouts);
	if (!err)
		err = report_setting(probe);
	if (!err)
		err = control_forked(probe, layouts);
	if (!err)
		err = control_unrandomised(probe, &run, layouts);
	munmap(layouts, size);
	return err;
}

const struct pw_wall pw_wall_mem_aslr = {
	.name = "mem.aslr",
	.probe = probe_aslr,
};
