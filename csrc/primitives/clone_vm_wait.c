/*
 * clone into the same memory and wait.  One op is clone with CLONE_VM and
 * CLONE_VFORK, a child that calls _exit at once on a stack of its own, and waitpid
 * for it: vfork without its hazard of a shared stack.
 */
#include "clone_vm.h"

static int body(void *state)
{
	struct pw_clone_vm *s = state;

	pw_child_begin(&s->child, s->birth);
	pw_child_exit(&s->child, s->birth);
}

static pid_t clone_vm_wait_create(struct pw_child *child, struct pw_birth birth)
{
	return pw_clone_vm(child, birth, body);
}

static int clone_vm_wait_open(void *state, const struct pw_trial *trial)
{
	const struct pw_creation creation = { .create = clone_vm_wait_create, .readings = pw_child_borrow_readings };

	return pw_child_open(state, trial, &creation);
}

static int clone_vm_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, clone_vm_wait_create);
}

const struct pw_primitive pw_clone_vm_wait = {
	.name = "clone_vm_wait",
	.state_size = sizeof(struct pw_clone_vm),
	.open = clone_vm_wait_open,
	.drive = clone_vm_wait_drive,
	.close = pw_child_close,
	.readings = pw_child_borrow_readings,
};
