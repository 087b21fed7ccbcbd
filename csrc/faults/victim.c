/* A victim runs between fork and its death: async-signal-safe calls only. */
#include "victim.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
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

void pw_victim_forget(struct pw_victim *victim)
{
	victim->stamp = 0;
	victim->expected_address = 0;
	victim->expected_span = 0;
	victim->address = 0;
	victim->signal = 0;
	victim->code = 0;
	victim->error = 0;
	victim->refused = 0;
	victim->past = 0;
	victim->tid = 0;
	victim->subdued = 0;
	victim->beats = 0;
	victim->aim = NULL;
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
	/* The only one that no instruction brings about: it would be back after another second. */
	if (signal == SIGXCPU)
		kill(getpid(), signal);
}

int pw_victim_record(struct pw_victim *victim, const struct pw_fault *fault)
{
	const stack_t stack = { .ss_sp = victim->stack, .ss_size = sizeof(victim->stack) };
	struct sigaction action = { .sa_sigaction = note_cause };

	if (!fault->recorded)
		return 0;
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

void pw_victim_commit(struct pw_victim *victim, const struct pw_fault *fault, uint32_t clock)
{
	int err;

	victim->tid = (int32_t)syscall(SYS_gettid);
	err = fault->prepare ? fault->prepare(victim) : 0;
	if (err)
		pw_victim_fail(victim, err);
	if (!victim->expected_span)
		victim->expected_address = (uint64_t)(uintptr_t)victim->aim;
	victim->stamp = pw_clock_begin(clock);
	if (fault->attempt)
		victim->refused = -fault->attempt();
	else
		fault->commit(victim->aim);
	victim->past = 1;
}

void pw_victim_fall(struct pw_victim *victim, const struct pw_fault *fault, uint32_t clock)
{
	pw_victim_commit(victim, fault, clock);
	_exit(pw_victim_ending_alone(victim, fault) == PW_ENDING_CRASHED ? PW_VICTIM_REFUSED : PW_VICTIM_UNHURT);
}

int pw_victim_signal_due(const struct pw_fault *fault)
{
	switch (fault->effect) {
	case PW_EFFECT_DEATH:
	case PW_EFFECT_THREAD:
		return fault->signal;
	case PW_EFFECT_STOP:
	case PW_EFFECT_DEAF:
		return SIGKILL;
	default:
		return 0;
	}
}

int pw_victim_status_due(const struct pw_fault *fault)
{
	switch (fault->effect) {
	case PW_EFFECT_EXIT:
		return fault->status;
	case PW_EFFECT_REFUSAL:
		return PW_VICTIM_REFUSED;
	default:
		return 0;
	}
}

enum pw_ending pw_victim_ending(const struct pw_fault *fault, int status)
{
	int due = pw_victim_signal_due(fault);

	if (due && WIFSIGNALED(status) && WTERMSIG(status) == due)
		return PW_ENDING_CRASHED;
	if (!due && WIFEXITED(status) && WEXITSTATUS(status) == pw_victim_status_due(fault))
		return PW_ENDING_CRASHED;
	if (WIFEXITED(status) && WEXITSTATUS(status) == PW_VICTIM_UNHURT)
		return PW_ENDING_UNHURT;
	if (WIFEXITED(status) && WEXITSTATUS(status) == PW_VICTIM_FAILED)
		return PW_ENDING_FAILED;
	return PW_ENDING_OTHER;
}

enum pw_ending pw_victim_ending_alone(const struct pw_victim *victim, const struct pw_fault *fault)
{
	if (fault->effect == PW_EFFECT_REFUSAL && victim->past)
		return victim->refused == fault->refusal ? PW_ENDING_CRASHED : PW_ENDING_UNHURT;
	if (fault->effect == PW_EFFECT_THREAD && victim->stamp && !victim->past)
		return PW_ENDING_CRASHED;
	return victim->past ? PW_ENDING_UNHURT : PW_ENDING_OTHER;
}

int pw_victim_code_expected(const struct pw_victim *victim, const struct pw_fault *fault)
{
	if (!fault->recorded)
		return victim->signal == 0;
	return victim->signal == fault->signal && pw_fault_code_matches(fault, victim->code);
}

int pw_victim_address_expected(const struct pw_victim *victim, const struct pw_fault *fault)
{
	uint64_t span = victim->expected_span ? victim->expected_span : 1;

	if (!fault->check_address)
		return 1;
	/* The CPU does not tell the kernel the address of a non-canonical access. */
	return victim->address - victim->expected_address < span || (victim->code == SI_KERNEL && !victim->address);
}
