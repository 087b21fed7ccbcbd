/* The factors resident, memory, thp, vmas, fds and threads. */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io.h"
#include "procfile.h"
#include "setting.h"

#define IDLE_STACK (64 * 1024)
#define HUGE (2UL << 20)

enum memory { MEMORY_DIRTY, MEMORY_SHARED, MEMORY_FILE };
enum thp { THP_NEVER, THP_ALWAYS };
static const char *const memories[] = { "dirty", "shared", "file", NULL };
static const char *const thps[] = { "never", "always", NULL };

static int map_file(const char *directory, size_t bytes, char **memory)
{
	int fd = pw_io_temporary(directory);
	int err = 0;

	if (fd < 0)
		return fd;
	if (ftruncate(fd, (off_t)bytes) < 0)
		err = -errno;
	*memory = err ? MAP_FAILED : mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	if (!err && *memory == MAP_FAILED)
		err = -errno;
	pw_io_close(&fd);
	return err;
}

/* Whole huge pages only, so that no small page is mixed in. */
static int map_anonymous(int flags, enum thp thp, size_t bytes, char **memory)
{
	size_t slack = thp == THP_ALWAYS ? HUGE : 0;
	char *start = mmap(NULL, bytes + slack, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		return -errno;
	*memory = (char *)(((uintptr_t)start + slack) & ~(uintptr_t)(slack ? slack - 1 : 0));
	/* Small pages unless asked otherwise, whatever the system's policy: the factor counts
	 * page-table entries.  A kernel without huge pages says EINVAL to both. */
	if (madvise(*memory, bytes, thp == THP_ALWAYS ? MADV_HUGEPAGE : MADV_NOHUGEPAGE) < 0)
		return errno != EINVAL ? -errno : thp == THP_NEVER ? 0 : -EOPNOTSUPP;
	return 0;
}

/* The advice may come to nothing: ask the kernel what it did. */
static int check_huge(size_t bytes)
{
	int64_t kib = pw_procfile_number("/proc/self/smaps_rollup", "AnonHugePages");

	if (kib < 0)
		return kib == -ENODATA ? -EOPNOTSUPP : (int)kib;
	return (size_t)kib * 1024 >= bytes / 10 * 9 ? 0 : -EOPNOTSUPP;
}

static int hold_resident(const struct pw_trial *trial)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t bytes = pw_setting_number(trial, "resident", 0);
	int kind = pw_setting_word(trial, "memory", memories);
	int thp = pw_setting_word(trial, "thp", thps);
	char *memory = NULL;
	int err;

	if (kind < 0 || thp < 0 || (thp == THP_ALWAYS && kind != MEMORY_DIRTY))
		return -EINVAL;
	if (!bytes)
		return 0;
	if (kind == MEMORY_FILE)
		err = map_file(trial->directory, bytes, &memory);
	else
		err = map_anonymous(kind == MEMORY_SHARED ? MAP_SHARED : MAP_PRIVATE, (enum thp)thp, bytes, &memory);
	for (size_t at = 0; !err && at < bytes; at += page) {
		if (kind == MEMORY_FILE)
			(void)((volatile char *)memory)[at];
		else
			((volatile char *)memory)[at] = 1;
	}
	return err || thp == THP_NEVER ? err : check_huge(bytes);
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
	int err = hold_resident(trial);

	if (!err)
		err = hold_vmas(pw_setting_number(trial, "vmas", 0));
	if (!err)
		err = hold_fds(pw_setting_number(trial, "fds", 0));
	return err ? err : hold_threads(pw_setting_number(trial, "threads", 0));
}
