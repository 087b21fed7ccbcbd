/*
 * What the C library ends a program for.  Its own messages about that go to standard error,
 * which is turned away first.
 *
 * malloc and free are called through volatile pointers: a compiler that knows them may leave
 * out both.  This file must be compiled with -fstack-protector-all.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io.h"
#include "table.h"

/* More than a thread's cache of free chunks takes, so that free looks at the neighbour. */
#define CHUNK 8184
#define SMALL_CHUNK 24
/* More than any chunk that could be lying around: the allocator's figures must change. */
#define LARGE_CHUNK (1024 * 1024)
#define OVERRUN 64

#if defined(__GLIBC__)
#if __GLIBC_PREREQ(2, 33)
#define HEAP_FIGURES mallinfo2
#else
#define HEAP_FIGURES mallinfo
#endif
#endif

/* glibc says what it met and calls abort(); what others do is not known here. */
#if defined(__GLIBC__) && defined(__SSP_ALL__)
#define GUARDED 1
#endif

static void commit_abort(void *aim)
{
	(void)aim;
	abort();
}

#ifdef __GLIBC__
static int silence(void)
{
	int fd = memfd_create("partywall-messages", MFD_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = dup2(fd, STDERR_FILENO) < 0 ? -errno : 0;
	pw_io_close(&fd);
	return err;
}

static size_t heap_in_use(void)
{
	return (size_t)HEAP_FIGURES().uordblks + (size_t)HEAP_FIGURES().hblkhd;
}

/* A sanitizer and a preloaded allocator bring a malloc of their own, which glibc's figures do not know. */
static int heap_is_glibc(void)
{
	void *(*volatile allocate)(size_t) = malloc;
	void (*volatile release)(void *) = free;
	size_t before = heap_in_use();
	void *chunk = allocate(LARGE_CHUNK);
	size_t after = heap_in_use();

	release(chunk);
	return chunk && after >= before + LARGE_CHUNK;
}

static int prepare_heap(struct pw_victim *victim)
{
	(void)victim;
	return heap_is_glibc() ? silence() : -EOPNOTSUPP;
}

/* Spoils what the heap keeps behind a chunk, and then gives the chunk back. */
PW_COMMIT static void commit_heap_corruption(void *aim)
{
	void *(*volatile allocate)(size_t) = malloc;
	void (*volatile release)(void *) = free;
	volatile unsigned char *chunk = allocate(CHUNK);
	void *volatile neighbour = allocate(CHUNK);

	(void)aim;
	if (!chunk || !neighbour)
		return;
	for (size_t i = 0; i < OVERRUN; i++)
		chunk[CHUNK + i] = 0xff;
	release((void *)(uintptr_t)chunk);
	release(neighbour);
}

PW_COMMIT static void commit_double_free(void *aim)
{
	void *(*volatile allocate)(size_t) = malloc;
	void (*volatile release)(void *) = free;
	void *volatile chunk = allocate(SMALL_CHUNK);

	(void)aim;
	release(chunk);
	release(chunk);
}
#else
#define prepare_heap NULL
#define commit_heap_corruption NULL
#define commit_double_free NULL
#endif

#ifdef GUARDED
static int prepare_smash(struct pw_victim *victim)
{
	(void)victim;
	return silence();
}

/* Every byte is changed, so the guard behind the array is too, whatever its value. */
PW_COMMIT static void commit_smash(void *aim)
{
	volatile unsigned char array[OVERRUN];
	volatile unsigned char *volatile start = array;

	(void)aim;
	for (size_t i = 0; i < sizeof(array); i++)
		array[i] = 0;
	for (size_t i = 0; i < OVERRUN; i++)
		start[OVERRUN + i] = (unsigned char)~start[OVERRUN + i];
}
#else
#define prepare_smash NULL
#define commit_smash NULL
#endif

#define ABORT                                                                   \
	.signal = SIGABRT, .code_min = SI_TKILL, .code_max = SI_TKILL, .code_other = SI_TKILL, .recorded = 1, .raised = 1
#define NEEDS_HEAP "the heap of glibc, which checks itself; a sanitizer or another allocator has its place"

const struct pw_fault pw_faults_library[] = {
	{ .name = "abort", ABORT, .commit = commit_abort },
	{ .name = "heap_corruption", ABORT, .prepare = prepare_heap, .commit = commit_heap_corruption,
	  .needs = NEEDS_HEAP },
	{ .name = "double_free", ABORT, .prepare = prepare_heap, .commit = commit_double_free, .needs = NEEDS_HEAP },
	{ .name = "stack_smash", ABORT, .prepare = prepare_smash, .commit = commit_smash,
	  .needs = "a compiler that guards every frame (-fstack-protector-all), and glibc" },
	{ .name = NULL },
};
