/* The op, whatever the tasks are. */
#include "idle.h"

#include <errno.h>
#include <sys/mman.h>

#include "mark.h"
#include "setting.h"

enum { PSS, USS, PAGE_TABLES, KERNEL_STACKS, SLAB, AVAILABLE };

const struct pw_reading pw_idle_readings[] = {
	[PSS] = { "pss", PW_READING_BYTES },
	[USS] = { "uss", PW_READING_BYTES },
	[PAGE_TABLES] = { "page_tables", PW_READING_BYTES },
	[KERNEL_STACKS] = { "kernel_stacks", PW_READING_BYTES },
	[SLAB] = { "slab", PW_READING_BYTES },
	[AVAILABLE] = { "available", PW_READING_BYTES },
	{ NULL, 0 },
};

/* The machine first: looking at a process makes the kernel remember that it was looked at. */
static int weigh(struct pw_idle *idle, uint64_t made, struct pw_census *census)
{
	int err = pw_census_machine(census);

	return err ? err : idle->kind->weigh(idle, made, census);
}

static void note(void *state, const struct pw_census *before, const struct pw_census *after)
{
	pw_mark_value(state, PSS, after->pss - before->pss);
	pw_mark_value(state, USS, after->uss - before->uss);
	pw_mark_value(state, PAGE_TABLES, after->page_tables - before->page_tables);
	pw_mark_value(state, KERNEL_STACKS, after->kernel_stacks - before->kernel_stacks);
	pw_mark_value(state, SLAB, after->slab - before->slab);
	pw_mark_value(state, AVAILABLE, before->available - after->available);
}

static int drive_once(struct pw_idle *idle)
{
	struct pw_census before = { 0 };
	struct pw_census after = { 0 };
	uint64_t made = 0;
	uint64_t remains = idle->kind->remains ? idle->kind->remains : 1;
	int err = pw_census_settle(idle->count * remains);

	if (!err)
		err = weigh(idle, 0, &before);
	while (!err && made < idle->count) {
		err = idle->kind->start(idle, made);
		made += !err;
	}
	if (!err)
		err = weigh(idle, made, &after);
	while (made--) {
		int failed = idle->kind->end(idle, made);

		err = err ? err : failed;
	}
	if (!err)
		note(idle, &before, &after);
	return err;
}

int pw_idle_drive(void *state, uint64_t ops)
{
	int err = 0;

	while (!err && ops--)
		err = drive_once(state);
	return err;
}

/* Shared memory, since a private page that the maker writes after a fork becomes the child's own. */
int pw_idle_open(struct pw_idle *idle, const struct pw_idle_kind *kind, const struct pw_trial *trial)
{
	uint64_t count = pw_setting_number(trial, "tasks", 0);
	void *tasks;

	if (!count || count > UINT32_MAX)
		return -EINVAL;
	tasks = mmap(NULL, count * kind->task_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE,
		     -1, 0);
	if (tasks == MAP_FAILED)
		return -errno;
	*idle = (struct pw_idle){ .kind = kind, .count = count, .tasks = tasks };
	return 0;
}

void pw_idle_close(struct pw_idle *idle)
{
	if (idle->tasks)
		munmap(idle->tasks, idle->count * idle->kind->task_size);
	*idle = (struct pw_idle){ 0 };
}
