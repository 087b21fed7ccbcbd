/* Three ways to make one; the body is the same. */
#include "inmate.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "clone_stack.h"
#include "task.h"

#define STACK_SIZE (256 * 1024)
#define GUARD_SIZE (64 * 1024)

static void *thread_body(void *argument)
{
	struct pw_inmate *inmate = argument;
	struct pw_faller *faller = inmate->faller;
	stack_t before;
	int err = pw_task_pin(faller->cpu);

	if (!err && sigaltstack(NULL, &before) < 0)
		err = -errno;
	if (err)
		pw_victim_fail(&faller->victim, err);
	pw_faller_approach(faller, inmate->fault, inmate->canary);
	if (!faller->harmless && !pw_fault_spares_process(inmate->fault))
		pw_victim_fall(&faller->victim, inmate->fault, faller->clock);
	if (!faller->harmless)
		pw_victim_commit(&faller->victim, inmate->fault, faller->clock);
	/* Who lives on must not end on a stack that is the victim's: a sanitizer would take it for its own. */
	sigaltstack(&before, NULL);
	return NULL;
}

static int process_body(void *argument)
{
	struct pw_inmate *inmate = argument;
	struct pw_faller *faller = inmate->faller;
	int err = pw_faller_enter(faller);

	if (err)
		pw_victim_fail(&faller->victim, err);
	pw_faller_fall(faller, inmate->fault, inmate->canary);
}

/* At the far end of its stack there is nothing, so that to overflow it is a fault and not a write into our data. */
static int open_stack(struct pw_inmate *inmate)
{
	inmate->stack = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (inmate->stack == MAP_FAILED) {
		inmate->stack = NULL;
		return -errno;
	}
	return mprotect(inmate->stack, GUARD_SIZE, PROT_NONE) < 0 ? -errno : 0;
}

static int start_clone_vm(struct pw_inmate *inmate)
{
	int err = open_stack(inmate);
	pid_t pid;

	if (err)
		return err;
	pid = pw_clone_onto((char *)inmate->stack + GUARD_SIZE, STACK_SIZE, CLONE_VM | SIGCHLD, process_body, inmate);
	inmate->pid = pid > 0 ? pid : 0;
	return pid < 0 ? pid : 0;
}

static int reap(struct pw_inmate *inmate)
{
	siginfo_t info = { 0 };
	uint32_t cpu = 0;

	while (waitid(P_PID, (id_t)inmate->pid, &info, WEXITED) < 0)
		if (errno != EINTR)
			return -errno;
	inmate->end = pw_clock_end(inmate->faller->clock, &cpu);
	inmate->code = info.si_code;
	inmate->status = info.si_status;
	inmate->pid = 0;
	return 0;
}

static int start_vfork(struct pw_inmate *inmate)
{
	pid_t pid = vfork();

	if (pid == 0)
		process_body(inmate);
	if (pid < 0)
		return -errno;
	inmate->pid = pid;
	return reap(inmate);
}

int pw_inmate_start(struct pw_inmate *inmate)
{
	/* The parent of one that is a process. */
	inmate->faller->parent = getpid();
	switch (inmate->kind) {
	case PW_INMATE_THREAD:
		inmate->error = -pthread_create(&inmate->thread, NULL, thread_body, inmate);
		break;
	case PW_INMATE_CLONE_VM:
		inmate->error = start_clone_vm(inmate);
		break;
	case PW_INMATE_VFORK:
		inmate->error = start_vfork(inmate);
		break;
	default:
		inmate->error = -EINVAL;
	}
	if (inmate->error)
		inmate->faller->victim.error = inmate->error;
	return inmate->error;
}

int pw_inmate_join(struct pw_inmate *inmate)
{
	int err = inmate->error;

	if (!err && inmate->kind == PW_INMATE_THREAD)
		return -pthread_join(inmate->thread, NULL);
	if (!err && inmate->pid)
		err = reap(inmate);
	if (inmate->stack) {
		pw_clone_reuse((char *)inmate->stack + GUARD_SIZE, STACK_SIZE);
		munmap(inmate->stack, GUARD_SIZE + STACK_SIZE);
		inmate->stack = NULL;
	}
	return err;
}
