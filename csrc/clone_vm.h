/* A child in the parent's memory, on a stack of its own, while the parent stands still. */
#ifndef PW_CLONE_VM_H
#define PW_CLONE_VM_H

#include <errno.h>
#include <sched.h>
#include <signal.h>

#include "child.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#define PW_CLONE_VM_STACK (32 * 1024)

struct pw_clone_vm {
	struct pw_child child;
	struct pw_birth birth;
	_Alignas(64) char stack[PW_CLONE_VM_STACK];
};

/* `body` is given the state and does not return. */
static inline pid_t pw_clone_vm(struct pw_child *child, struct pw_birth birth, int (*body)(void *state))
{
	struct pw_clone_vm *state = (void *)child;
	pid_t pid;

	state->birth = birth;
	pid = clone(body, state->stack + PW_CLONE_VM_STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, state);
#ifdef __SANITIZE_ADDRESS__
	/* The child never leaves its frames, and what is mapped here later would seem to be theirs. */
	__asan_unpoison_memory_region(state->stack, PW_CLONE_VM_STACK);
#endif
	return pid < 0 ? -errno : pid;
}

#endif
