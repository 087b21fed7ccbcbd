/* A victim runs between fork and its death: async-signal-safe calls only. */
#include "victim.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "clock.h"
#include "task.h"

struct pw_victim *pw_victim_open(void)
{
	void *memory = mmap(NULL, sizeof(struct pw_victim), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void pw_victim_close(struct pw_victim *victim)
{
	if (victim)
		munmap(victim, sizeof(*victim));
}

int pw_victim_enter(pid_t parent)
{
	const struct rlimit none = { 0, 0 };
	int err = pw_task_bind_to_parent(parent);

	if (err)
		return err;
	pw_task_reset_signals();
	/* A core that is piped to a program ignores the limit, but not dumpable. */
	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, 0) < 0)
		return -errno;
	return 0;
}

/* The alternate stack is the victim's own: that leads here without a global. */
static void note_cause(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *interrupted = context;
	char *stack = interrupted->uc_stack.ss_sp;
	struct pw_victim *victim = (void *)(stack - offsetof(struct pw_victim, stack));

	victim->signal = signal;
	victim->code = info->si_code;
	victim->address = (uint64_t)(uintptr_t)info->si_addr;
}

int pw_victim_record(struct pw_victim *victim, const struct pw_fault *fault)
{
	const stack_t stack = { .ss_sp = victim->stack, .ss_size = sizeof(victim->stack) };
	struct sigaction action = { .sa_sigaction = note_cause };

	/* One shot: the instruction runs again, and then the default action kills. */
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND;
	sigemptyset(&action.sa_mask);
	if (sigaltstack(&stack, NULL) < 0 || sigaction(fault->signal, &action, NULL) < 0)
		return -errno;
	return 0;
}

void pw_victim_fail(struct pw_victim *victim, int err)
{
	victim->error = err;
	_exit(PW_VICTIM_FAILED);
}

void pw_victim_fall(struct pw_victim *victim, const struct pw_fault *fault, uint32_t clock)
{
	void *address = NULL;
	int err = fault->prepare ? fault->prepare(&address) : 0;

	if (err)
		pw_victim_fail(victim, err);
	victim->expected_address = (uint64_t)(uintptr_t)address;
	victim->stamp = pw_clock_begin(clock);
	fault->commit(address);
	_exit(PW_VICTIM_UNHURT);
}

enum pw_ending pw_victim_ending(const struct pw_fault *fault, int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == fault->signal)
		return PW_ENDING_CRASHED;
	if (WIFEXITED(status) && WEXITSTATUS(status) == PW_VICTIM_UNHURT)
		return PW_ENDING_UNHURT;
	if (WIFEXITED(status) && WEXITSTATUS(status) == PW_VICTIM_FAILED)
		return PW_ENDING_FAILED;
	return PW_ENDING_OTHER;
}

int pw_victim_code_expected(const struct pw_victim *victim, const struct pw_fault *fault)
{
	return victim->signal == fault->signal && pw_fault_code_matches(fault, victim->code);
}

int pw_victim_address_expected(const struct pw_victim *victim, const struct pw_fault *fault)
{
	return pw_fault_address_matches(fault, victim->code, victim->address, victim->expected_address);
}
