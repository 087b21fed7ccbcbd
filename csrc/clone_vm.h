/* A child in the parent's memory, on a stack of its own, while the parent stands still. */
#ifndef PW_CLONE_VM_H
#define PW_CLONE_VM_H

#include <signal.h>

#include "child.h"
#include "clone_stack.h"

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
	pid = pw_clone_onto(state->stack, PW_CLONE_VM_STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, body, state);
	pw_clone_reuse(state->stack, PW_CLONE_VM_STACK);
	return pid;
}

#endif
