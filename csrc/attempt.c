/* The child runs between fork and its end: async-signal-safe calls only. */
#include "attempt.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "faults/victim.h"
#include "task.h"

enum { STATUS_PASSED = 77, STATUS_NOTED, STATUS_FAILED };

struct pw_attempt *pw_attempt_open(void)
{
	void *memory = mmap(NULL, sizeof(struct pw_attempt), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void pw_attempt_close(struct pw_attempt *attempt)
{
	if (attempt)
		munmap(attempt, sizeof(*attempt));
}

/* The alternate stack is the attempt's own: that leads here without a global. */
static void note(int signal, siginfo_t *info, void *context)
{
	const ucontext_t *interrupted = context;
	char *stack = interrupted->uc_stack.ss_sp;
	struct pw_attempt *attempt = (void *)(stack - offsetof(struct pw_attempt, stack));

	attempt->signal = signal;
	attempt->code = info->si_code;
	attempt->address = (uint64_t)(uintptr_t)info->si_addr;
	_exit(STATUS_NOTED);
}

static int watch(struct pw_attempt *attempt)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL };
	const stack_t stack = { .ss_sp = attempt->stack, .ss_size = sizeof(attempt->stack) };
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigemptyset(&action.sa_mask);
	if (sigaltstack(&stack, NULL) < 0)
		return -errno;
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		if (sigaction(fatal[i], &action, NULL) < 0)
			return -errno;
	return 0;
}

_Noreturn static void child(struct pw_attempt *attempt, pw_attempt_access *access, void *address, pid_t parent)
{
	int err = pw_victim_enter(parent);

	if (!err)
		err = watch(attempt);
	if (err) {
		attempt->error = err;
		_exit(STATUS_FAILED);
	}
	attempt->reached = 1;
	access(attempt, address);
	attempt->passed = 1;
	_exit(STATUS_PASSED);
}

int pw_attempt_make(struct pw_attempt *attempt, pw_attempt_access *access, void *address)
{
	pid_t parent = getpid();
	pid_t pid;
	int status;
	int err;

	memset(attempt, 0, offsetof(struct pw_attempt, stack));
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		child(attempt, access, address, parent);
	err = pw_task_wait(pid, &status);
	if (err)
		return err;
	if (attempt->error)
		return attempt->error;
	if (!attempt->reached)
		return -ECHILD;
	/* A death by a signal that was not noted is an ending like others: not the one expected. */
	if (attempt->passed && !(WIFEXITED(status) && WEXITSTATUS(status) == STATUS_PASSED))
		return -ECHILD;
	return 0;
}

int pw_attempt_refused(const struct pw_attempt *attempt, int code, const void *address)
{
	return !attempt->passed && attempt->signal == SIGSEGV && attempt->code == code &&
	       attempt->address == (uint64_t)(uintptr_t)address;
}

PW_ATTEMPT_UNCHECKED void pw_attempt_load(struct pw_attempt *attempt, void *address)
{
	attempt->seen = *(volatile unsigned char *)address;
}

PW_ATTEMPT_UNCHECKED void pw_attempt_store(struct pw_attempt *attempt, void *address)
{
	*(volatile unsigned char *)address = 1;
	attempt->seen = *(volatile unsigned char *)address;
}

void pw_attempt_count(struct pw_attempt_tally *tally, const struct pw_attempt *attempt, int refused)
{
	tally->made++;
	tally->reached += attempt->reached;
	tally->refused += refused;
	tally->passed += attempt->passed;
	tally->other += !refused && !attempt->passed;
}

int pw_attempt_report(struct pw_probe *probe, const struct pw_attempt_tally *tally)
{
	int err = pw_probe_fact(probe, "accesses", tally->made);

	if (!err)
		err = pw_probe_fact(probe, "accesses_reached", tally->reached);
	if (!err)
		err = pw_probe_fact(probe, "accesses_refused", tally->refused);
	if (!err)
		err = pw_probe_fact(probe, "accesses_passed", tally->passed);
	if (!err)
		err = pw_probe_fact(probe, "other_endings", tally->other);
	return err;
}
