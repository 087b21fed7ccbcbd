/*
 * Mapping memory.  One op maps `size` bytes of private memory and unmaps them, two
 * system calls; nothing touches it, so no page is behind it and no page table
 * changes.
 */
#include <errno.h>
#include <sys/mman.h>

#include "primitive.h"
#include "setting.h"

struct mmap_munmap {
	size_t size;
};

static int mmap_munmap_open(void *state, const struct pw_trial *trial)
{
	struct mmap_munmap *s = state;

	s->size = pw_setting_number(trial, "size", 0);
	return s->size ? 0 : -EINVAL;
}

static int mmap_munmap_drive(void *state, uint64_t ops)
{
	const struct mmap_munmap *s = state;

	while (ops--) {
		char *memory = mmap(NULL, s->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED || munmap(memory, s->size) < 0)
			return -errno;
	}
	return 0;
}

const struct pw_primitive pw_mmap_munmap = {
	.name = "mmap_munmap",
	.state_size = sizeof(struct mmap_munmap),
	.open = mmap_munmap_open,
	.drive = mmap_munmap_drive,
};
