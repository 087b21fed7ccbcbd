/*
 * mem.frames: what a write after fork changes lies in another physical frame.
 *
 * A child compares the frame numbers of its private pages with those of its parent,
 * writes to each page, and compares again: the same frames before, others after.  The
 * control is a shared mapping, whose frames stay the same through the same writes.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io.h"
#include "pagemap.h"
#include "pages.h"
#include "task.h"
#include "wall.h"

#define PAGES 16

enum { PRIVATE, SHARED, KINDS };

/* Lies in memory that both sides share. */
struct found {
	int64_t before[KINDS];          /* pages with a frame in common */
	int64_t after[KINDS];
};

struct frames {
	char *memory[KINDS];
	struct found *found;
	int parent_map;
};

static int same_frames(int own_map, int parent_map, const char *memory, int64_t *same)
{
	uint64_t own[PAGES];
	uint64_t parents[PAGES];
	int err = pw_pagemap_read(own_map, memory, PAGES, own);

	if (!err)
		err = pw_pagemap_read(parent_map, memory, PAGES, parents);
	*same = 0;
	for (int i = 0; !err && i < PAGES; i++) {
		/* Hidden numbers, or a page that is away, would count as equal, or as different. */
		if (!own[i] || !parents[i])
			return -EPERM;
		*same += own[i] == parents[i];
	}
	return err;
}

static void touch(const char *memory, size_t size)
{
	for (size_t at = 0; at < size; at += pw_pages_size())
		(void)((const volatile char *)memory)[at];
}

static int compare_in_child(const struct frames *frames)
{
	size_t size = PAGES * pw_pages_size();
	int own_map = pw_pagemap_open();
	int err = own_map < 0 ? own_map : 0;

	for (int kind = 0; !err && kind < KINDS; kind++) {
		/* A child has no page-table entries yet for what it shares. */
		touch(frames->memory[kind], size);
		err = same_frames(own_map, frames->parent_map, frames->memory[kind], &frames->found->before[kind]);
		if (!err) {
			pw_pages_write(frames->memory[kind], size);
			err = same_frames(own_map, frames->parent_map, frames->memory[kind],
					  &frames->found->after[kind]);
		}
	}
	pw_io_close(&own_map);
	return err;
}

static int compare(struct frames *frames)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		if (pw_task_bind_to_parent(parent))
			_exit(1);
		_exit(compare_in_child(frames) ? 1 : 0);
	}
	return pw_task_wait_exit(pid, 0);
}

static int report(struct pw_probe *probe, const struct found *found)
{
	int err = pw_probe_fact(probe, "pages", PAGES);

	if (!err)
		err = pw_probe_fact(probe, "equal_before", found->before[PRIVATE]);
	if (!err)
		err = pw_probe_fact(probe, "equal_after", found->after[PRIVATE]);
	if (!err)
		err = pw_probe_fact(probe, "control_shared_before", found->before[SHARED]);
	return err ? err : pw_probe_fact(probe, "control_shared_after", found->after[SHARED]);
}

static int map(struct frames *frames)
{
	size_t size = PAGES * pw_pages_size();
	int err = pw_pages_map(size, &frames->memory[PRIVATE]);
	void *shared;

	if (err)
		return err;
	shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -errno;
	frames->memory[SHARED] = shared;
	shared = mmap(NULL, sizeof(*frames->found), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -errno;
	frames->found = shared;
	for (int kind = 0; kind < KINDS; kind++)
		pw_pages_write(frames->memory[kind], size);
	return 0;
}

static int check_visible(struct pw_probe *probe, const struct frames *frames)
{
	uint64_t frame = 0;
	int err = frames->parent_map;

	if (err >= 0)
		err = pw_pagemap_read(frames->parent_map, frames->memory[PRIVATE], 1, &frame);
	if (!err && frame)
		return 0;
	return pw_probe_refuse(probe, err ? err : -EPERM, "/proc/self/pagemap hides frame numbers: it takes "
			       "CAP_SYS_ADMIN (in the first user namespace) to see them");
}

static void close_frames(struct frames *frames)
{
	for (int kind = 0; kind < KINDS; kind++)
		if (frames->memory[kind])
			munmap(frames->memory[kind], PAGES * pw_pages_size());
	if (frames->found)
		munmap(frames->found, sizeof(*frames->found));
	pw_io_close(&frames->parent_map);
}

static int probe_frames(struct pw_probe *probe)
{
	struct frames frames = { .parent_map = -1 };
	int err = map(&frames);

	if (!err) {
		frames.parent_map = pw_pagemap_open();
		err = check_visible(probe, &frames);
	}
	if (!err)
		err = compare(&frames);
	if (!err)
		err = report(probe, frames.found);
	close_frames(&frames);
	return err;
}

const struct pw_wall pw_wall_mem_frames = {
	.name = "mem.frames",
	.probe = probe_frames,
};
