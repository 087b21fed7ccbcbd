/* The kernel hides the numbers, as zeroes, from those without CAP_SYS_ADMIN. */
#include "pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "pages.h"

#define PRESENT (1ULL << 63)
#define FRAME_MASK ((1ULL << 55) - 1)

int pw_pagemap_open(void)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int pw_pagemap_read(int fd, const void *memory, size_t count, uint64_t *frames)
{
	off_t at = (off_t)((uintptr_t)memory / pw_pages_size() * sizeof(*frames));
	size_t size = count * sizeof(*frames);
	size_t done = 0;

	while (done < size) {
		ssize_t got = pread(fd, (char *)frames + done, size - done, at + (off_t)done);

		if (got > 0)
			done += (size_t)got;
		else if (got == 0)
			return -EPIPE;
		else if (errno != EINTR)
			return -errno;
	}
	for (size_t i = 0; i < count; i++)
		frames[i] = frames[i] & PRESENT ? frames[i] & FRAME_MASK : 0;
	return 0;
}
