/* clone(2) onto a stack that the caller provides. */
#ifndef PW_CLONE_STACK_H
#define PW_CLONE_STACK_H

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/types.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

/* A child in the memory of its parent; `body` does not return.  Its number, or negative errno. */
static inline pid_t pw_clone_onto(void *stack, size_t size, int flags, int (*body)(void *argument), void *argument)
{
	pid_t pid = clone(body, (char *)stack + size, flags, argument);

	return pid < 0 ? -errno : pid;
}

/* Once the child has ended. */
static inline void pw_clone_reuse(void *stack, size_t size)
{
#ifdef __SANITIZE_ADDRESS__
	/* The child never left its frames, and what is mapped here later would seem to be theirs. */
	__asan_unpoison_memory_region(stack, size);
#else
	(void)stack;
	(void)size;
#endif
}

#endif
