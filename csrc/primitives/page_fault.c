/*
 * Page faults, 64 of them in an op; the reading `fault` is the time of one, `faults`
 * is how many the kernel counted.
 *
 *   minor  The first write to each of 64 pages of private memory; each fault makes a
 *          zeroed page.  Then the op drops the pages again.
 *   cow    The op forks a child that writes to each of 64 pages it shares with its
 *          parent; each fault copies a page.  Then the child ends.
 *   file   The first read of 64 places in a mapped file whose pages are in memory,
 *          64 KiB apart, since one fault maps the cached pages around it as well.
 *          Then the op drops the mapping's pages, which stay in the page cache.
 *
 * The time of the op holds all of that and two looks at the count; that of the
 * reading holds nothing but the 64 touches.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io.h"
#include "mark.h"
#include "pages.h"
#include "primitive.h"
#include "setting.h"
#include "task.h"

#define PAGES 64
/* The kernel's fault_around_bytes, unless it was changed. */
#define AROUND 65536

enum { FAULT, FAULTS };
enum fault { FAULT_MINOR, FAULT_COW, FAULT_FILE };
static const char *const kinds[] = { "minor", "cow", "file", NULL };

struct page_fault {
	char *memory;
	size_t size;
	size_t stride;
	int kind;
};

static void page_fault_close(void *state)
{
	struct page_fault *s = state;

	if (s->memory)
		munmap(s->memory, s->size);
	s->memory = NULL;
}

/* Written page by page: the page cache keeps what one write brings together, and a fault maps it so. */
static int map_file(struct page_fault *s, const char *directory)
{
	size_t page = pw_pages_size();
	int fd = pw_io_temporary(directory);
	char *memory = MAP_FAILED;
	int err = 0;

	if (fd < 0)
		return fd;
	for (size_t at = 0; !err && at < s->size; at += page)
		err = pw_io_write_all(fd, s->memory, page);
	if (!err) {
		memory = mmap(NULL, s->size, PROT_READ, MAP_PRIVATE, fd, 0);
		err = memory == MAP_FAILED ? -errno : 0;
	}
	pw_io_close(&fd);
	if (!err) {
		munmap(s->memory, s->size);
		s->memory = memory;
	}
	return err;
}

static int page_fault_open(void *state, const struct pw_trial *trial)
{
	struct page_fault *s = state;
	int err;

	s->kind = pw_setting_word(trial, "fault", kinds);
	if (s->kind < 0)
		return s->kind;
	s->stride = pw_pages_size();
	if (s->kind == FAULT_FILE && s->stride < AROUND)
		s->stride = AROUND;
	s->size = PAGES * s->stride;
	err = pw_pages_map(s->size, &s->memory);
	if (!err && s->kind == FAULT_COW)
		pw_pages_write(s->memory, s->size);
	if (!err && s->kind == FAULT_FILE)
		err = map_file(s, trial->directory);
	if (err)
		page_fault_close(state);
	return err;
}

/* -EOPNOTSUPP where this kernel brings more than one page in a fault. */
static int touch(struct page_fault *s)
{
	volatile char *memory = s->memory;
	int64_t before = 0;
	int64_t after = 0;
	int err = pw_pages_faults(&before);
	uint64_t begin = pw_mark_begin(s);

	for (size_t i = 0; i < PAGES; i++) {
		if (s->kind == FAULT_FILE)
			(void)memory[i * s->stride];
		else
			memory[i * s->stride] = 1;
	}
	pw_mark_span(s, FAULT, begin, PAGES);
	if (!err)
		err = pw_pages_faults(&after);
	pw_mark_value(s, FAULTS, after - before);
	return err ? err : after - before < PAGES ? -EOPNOTSUPP : 0;
}

static int touch_in_child(struct page_fault *s)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(touch(s) ? 1 : PW_TARGET_STATUS);
	return pid < 0 ? -errno : pw_task_wait_exit(pid, PW_TARGET_STATUS);
}

static int page_fault_drive(void *state, uint64_t ops)
{
	struct page_fault *s = state;
	int err = 0;

	while (!err && ops--) {
		err = s->kind == FAULT_COW ? touch_in_child(s) : touch(s);
		if (!err && s->kind != FAULT_COW && madvise(s->memory, s->size, MADV_DONTNEED) < 0)
			err = -errno;
	}
	return err;
}

const struct pw_primitive pw_page_fault = {
	.name = "page_fault",
	.state_size = sizeof(struct page_fault),
	.open = page_fault_open,
	.drive = page_fault_drive,
	.close = page_fault_close,
	.readings = (const struct pw_reading[]){
		[FAULT] = { "fault", PW_READING_SPAN },
		[FAULTS] = { "faults", PW_READING_COUNT },
		{ NULL, 0 },
	},
};
