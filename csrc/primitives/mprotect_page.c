/*
 * Protecting a page.  One op makes a written page read-only and writable again, two
 * system calls; each changes the page's entry and takes the old one out of this
 * CPU's TLB.  The page has a mapping of its own between two that may not be
 * accessed, so that no mapping is split or merged.
 */
#include <errno.h>
#include <sys/mman.h>

#include "pages.h"
#include "primitive.h"

struct mprotect_page {
	char *memory;
	size_t page;
};

static void mprotect_page_close(void *state)
{
	struct mprotect_page *s = state;

	munmap(s->memory, 3 * s->page);
}

static int mprotect_page_open(void *state, const struct pw_trial *trial)
{
	struct mprotect_page *s = state;
	int err;

	(void)trial;
	s->page = pw_pages_size();
	err = pw_pages_map(3 * s->page, &s->memory);
	if (err)
		return err;
	pw_pages_write(s->memory, 3 * s->page);
	if (mprotect(s->memory, s->page, PROT_NONE) < 0 || mprotect(s->memory + 2 * s->page, s->page, PROT_NONE) < 0) {
		err = -errno;
		mprotect_page_close(state);
	}
	return err;
}

static int mprotect_page_drive(void *state, uint64_t ops)
{
	const struct mprotect_page *s = state;
	char *page = s->memory + s->page;

	while (ops--)
		if (mprotect(page, s->page, PROT_READ) < 0 || mprotect(page, s->page, PROT_READ | PROT_WRITE) < 0)
			return -errno;
	return 0;
}

const struct pw_primitive pw_mprotect_page = {
	.name = "mprotect_page",
	.state_size = sizeof(struct mprotect_page),
	.open = mprotect_page_open,
	.drive = mprotect_page_drive,
	.close = mprotect_page_close,
};
