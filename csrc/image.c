/* The factors resident, vmas, fds and threads. */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#define IDLE_STACK (64 * 1024)

static int hold_resident(uint64_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *memory;

	if (!bytes)
		return 0;
	memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	/* Small pages whatever the system's policy: the factor counts page-table entries.
	 * A kernel without huge pages says EINVAL, and means the same. */
	if (madvise(memory, bytes, MADV_NOHUGEPAGE) < 0 && errno != EINVAL)
		return -errno;
	for (uint64_t at = 0; at < bytes; at += page)
		((volatile char *)memory)[at] = 1;
	return 0;
}

/* Neighbours differ in protection, else the kernel would merge them. */
static int hold_vmas(uint64_t count)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *memory;

	if (!count)
		return 0;
	memory = mmap(NULL, count * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	for (uint64_t i = 0; i < count; i += 2)
		if (mprotect(memory + i * page, page, PROT_READ | PROT_WRITE) < 0)
			return -errno;
	return 0;
}

static int hold_fds(uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			return -errno;
	return 0;
}

static void *idle(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static int hold_threads(uint64_t count)
{
	pthread_attr_t attr;
	int err = -pthread_attr_init(&attr);

	if (!err)
		err = -pthread_attr_setstacksize(&attr, IDLE_STACK);
	for (uint64_t i = 0; !err && i < count; i++) {
		pthread_t thread;

		err = -pthread_create(&thread, &attr, idle, NULL);
	}
	pthread_attr_destroy(&attr);
	return err;
}

int pw_image_build(const struct pw_trial *trial)
{
	int err = hold_resident(trial->resident);

	if (!err)
		err = hold_vmas(trial->vmas);
	if (!err)
		err = hold_fds(trial->fds);
	return err ? err : hold_threads(trial->threads);
}
