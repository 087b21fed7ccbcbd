/* Small pages whatever the system's policy, so that a fault brings exactly one. */
#include "pages.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

size_t pw_pages_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

int pw_pages_map(size_t size, char **memory)
{
	char *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err;

	if (start == MAP_FAILED)
		return -errno;
	/* EINVAL comes from a kernel that has small pages only. */
	if (madvise(start, size, MADV_NOHUGEPAGE) < 0 && errno != EINVAL) {
		err = -errno;
		munmap(start, size);
		return err;
	}
	*memory = start;
	return 0;
}

void pw_pages_write(char *memory, size_t size)
{
	size_t page = pw_pages_size();

	for (size_t at = 0; at < size; at += page)
		((volatile char *)memory)[at] = 1;
}

int pw_pages_faults(int64_t *faults)
{
	struct rusage usage;

	if (getrusage(RUSAGE_THREAD, &usage) < 0)
		return -errno;
	*faults = usage.ru_minflt;
	return 0;
}
