/*
 * mem.ksm: pages that the kernel merged because they are equal are still two processes' own.
 *
 * Worker and child fill pages of their own with the same bytes, allow them to be merged
 * (MADV_MERGEABLE), and wait until ksmd has done so; that it did is the control.  Then the
 * child writes to each of its bytes, and the worker looks for changes in its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "decimal.h"
#include "io.h"
#include "pages.h"
#include "procfile.h"
#include "rng.h"
#include "task.h"
#include "wall.h"

#define PAGES 16
#define LOOKS 250
#define LOOK_MS 20

struct merge {
	char *memory;
	size_t size;
	uint64_t seed;
	int go[2];                      /* worker to child: write now */
	int answer[2];                  /* child to worker: bytes written */
};

static void fill(const struct merge *merge)
{
	uint64_t state = merge->seed;

	for (size_t i = 0; i < merge->size; i++)
		merge->memory[i] = (char)pw_rng_next(&state);
}

static int64_t changed(const struct merge *merge)
{
	uint64_t state = merge->seed;
	int64_t count = 0;

	for (size_t i = 0; i < merge->size; i++)
		count += merge->memory[i] != (char)pw_rng_next(&state);
	return count;
}

/* Each process fills its own: pages that come from one fork would be shared already. */
static int map(struct merge *merge)
{
	int err = pw_pages_map(merge->size, &merge->memory);

	if (err)
		return err;
	fill(merge);
	return madvise(merge->memory, merge->size, MADV_MERGEABLE) < 0 ? -errno : 0;
}

static int be_child(struct merge *merge)
{
	int64_t written;
	char go;
	int err;

	pw_io_close(&merge->go[1]);
	err = map(merge);
	if (!err)
		err = pw_io_read_all(merge->go[0], &go, 1);
	if (err)
		return 1;
	for (size_t i = 0; i < merge->size; i++)
		merge->memory[i] = (char)~merge->memory[i];
	written = changed(merge);
	return pw_io_write_all(merge->answer[1], &written, sizeof(written)) ? 1 : 0;
}

static int64_t merging(pid_t pid)
{
	char path[PW_PROCFILE_PATH];
	char text[PW_DECIMAL_MAX];
	int err;

	pw_procfile_path(path, pid, "ksm_merging_pages");
	err = pw_io_read_file(path, text, sizeof(text));
	return err ? err : (int64_t)pw_decimal_read(text);
}

static int await_merge(struct pw_probe *probe, pid_t pid, int64_t *merged)
{
	for (int look = 0; look < LOOKS; look++) {
		int64_t own = merging(getpid());
		int64_t childs = merging(pid);

		if (own < 0 || childs < 0)
			return pw_probe_refuse(probe, own < 0 ? (int)own == -ENOENT ? -ENOSYS : (int)own : -EACCES,
					       "/proc/PID/ksm_merging_pages cannot be read: it needs Linux 5.19");
		*merged = own < childs ? own : childs;
		if (*merged == PAGES)
			return 0;
		poll(NULL, 0, LOOK_MS);
	}
	return pw_probe_refuse(probe, -EAGAIN, "ksmd did not merge 16 pages within 5 s: see pages_to_scan and "
			       "sleep_millisecs in /sys/kernel/mm/ksm");
}

static int report(struct pw_probe *probe, const struct merge *merge, int64_t merged, int64_t written)
{
	const struct pw_fact facts[] = {
		{ "pages", PAGES },
		{ "control_merged", merged },
		{ "bytes", (int64_t)merge->size },
		{ "child_wrote", written },
		{ "changed_bytes", changed(merge) },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(probe, facts[i].name, facts[i].value);
	return err;
}

static int attack(struct pw_probe *probe, struct merge *merge)
{
	pid_t parent = getpid();
	pid_t pid = fork();
	int64_t merged = 0;
	int64_t written = 0;
	int ended;
	int err;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(pw_task_bind_to_parent(parent) ? 1 : be_child(merge));
	pw_io_close(&merge->answer[1]);
	err = map(merge);
	if (!err)
		err = await_merge(probe, pid, &merged);
	if (!err)
		err = pw_io_write_all(merge->go[1], "", 1);
	if (!err)
		err = pw_io_read_all(merge->answer[0], &written, sizeof(written));
	pw_io_close(&merge->go[1]);
	/* Without the word to go on, the child ends by itself, with another status. */
	ended = pw_task_wait_exit(pid, 0);
	if (!err)
		err = ended;
	return err ? err : report(probe, merge, merged, written);
}

static int probe_ksm(struct pw_probe *probe)
{
	struct merge merge = { .size = PAGES * pw_pages_size(), .seed = probe->trial->seed | 1, .go = { -1, -1 },
			       .answer = { -1, -1 } };
	char run[PW_DECIMAL_MAX];
	int err = pw_io_read_file("/sys/kernel/mm/ksm/run", run, sizeof(run));

	if (err)
		return pw_probe_refuse(probe, -EOPNOTSUPP, "/sys/kernel/mm/ksm/run cannot be read: this kernel is built "
				       "without CONFIG_KSM, or hides it");
	if (run[0] != '1')
		return pw_probe_refuse(probe, -EOPNOTSUPP, "/sys/kernel/mm/ksm/run is not 1, so no pages are merged; "
				       "whoever administers the machine may set it");
	if (pipe2(merge.go, O_CLOEXEC) < 0 || pipe2(merge.answer, O_CLOEXEC) < 0)
		err = -errno;
	if (!err)
		err = attack(probe, &merge);
	for (int i = 0; i < 2; i++) {
		pw_io_close(&merge.go[i]);
		pw_io_close(&merge.answer[i]);
	}
	if (merge.memory)
		munmap(merge.memory, merge.size);
	return err;
}

const struct pw_wall pw_wall_mem_ksm = {
	.name = "mem.ksm",
	.probe = probe_ksm,
};
