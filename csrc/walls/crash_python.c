/*
 * crash.python_exception: an uncaught exception, in a process or in a thread of a Python program.
 *
 * The program is the same for both: it has a thread, or a child that it forks, raise what nobody
 * catches, waits for that, and tells by its exit status that it lives.  Control: it raises the same
 * itself, in its first thread, and does not live.  That it was not caught, the interpreter says.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "faults/victim.h"
#include "io.h"
#include "target.h"
#include "task.h"
#include "wall.h"

#define NOT_MADE 43
#define NOT_MADE_TEXT "43"
#define SAYS "RuntimeError: deliberate"
#define SAID_MAX 8192

static const char program[] =
	"import os, sys, threading\n"
	"def fall():\n"
	"    raise RuntimeError('deliberate')\n"
	"def in_process():\n"
	"    child = os.fork()\n"
	"    if child == 0:\n"
	"        fall()\n"
	"    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 1:\n"
	"        raise SystemExit(" NOT_MADE_TEXT ")\n"
	"def in_thread():\n"
	"    thread = threading.Thread(target=fall)\n"
	"    thread.start()\n"
	"    thread.join()\n"
	"{'process': in_process, 'thread': in_thread, 'self': fall}[sys.argv[1]]()\n"
	"raise SystemExit(" PW_TARGET_STATUS_TEXT ")\n";

static const char *const hosts[] = { "process", "thread", NULL };

struct outcome {
	int status;
	int uncaught;                   /* the interpreter said so */
};

_Noreturn static void become(const struct pw_trial *trial, const char *mode, int said, pid_t parent)
{
	const char *argv[] = { trial->target, "-I", "-S", "-c", program, mode, NULL };
	char *envp[] = { NULL };
	int err = pw_victim_enter(parent);

	if (!err && dup2(said, STDERR_FILENO) < 0)
		err = -errno;
	/* execve takes, and leaves alone, what it does not call const. */
	if (!err)
		execve(trial->target, (char *const *)(uintptr_t)argv, envp);
	_exit(PW_VICTIM_FAILED);
}

static int was_uncaught(int said)
{
	char text[SAID_MAX];
	ssize_t got = pread(said, text, sizeof(text), 0);

	return got > 0 && memmem(text, (size_t)got, SAYS, strlen(SAYS)) != NULL;
}

static int run_python(const struct pw_trial *trial, const char *mode, struct outcome *outcome)
{
	int said = memfd_create("partywall-said", MFD_CLOEXEC);
	pid_t parent = getpid();
	pid_t pid;
	int err;

	if (said < 0)
		return -errno;
	pid = fork();
	if (pid == 0)
		become(trial, mode, said, parent);
	err = pid < 0 ? -errno : pw_task_wait(pid, &outcome->status);
	if (!err && WIFEXITED(outcome->status) && WEXITSTATUS(outcome->status) == PW_VICTIM_FAILED)
		err = -ECHILD;
	outcome->uncaught = was_uncaught(said);
	pw_io_close(&said);
	return err;
}

static int lived(const struct outcome *outcome)
{
	return WIFEXITED(outcome->status) && WEXITSTATUS(outcome->status) == PW_TARGET_STATUS;
}

static int report(struct pw_probe *probe, const struct outcome *attack, const struct outcome *control)
{
	const struct { const char *name; int64_t value; } facts[] = {
		{ "uncaught", attack->uncaught },
		{ "not_made", WIFEXITED(attack->status) && WEXITSTATUS(attack->status) == NOT_MADE },
		{ "host_lived", lived(attack) },
		{ "host_exit_status", WIFEXITED(attack->status) ? WEXITSTATUS(attack->status) : 0 },
		{ "control_uncaught", control->uncaught },
		{ "control_lived", lived(control) },
		{ "control_exit_status", WIFEXITED(control->status) ? WEXITSTATUS(control->status) : 0 },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(probe, facts[i].name, facts[i].value);
	return err;
}

static int probe_python_exception(struct pw_probe *probe)
{
	const struct pw_trial *trial = probe->trial;
	int host = pw_probe_host(probe, hosts);
	struct outcome control = { 0 };
	struct outcome attack = { 0 };
	int err;

	if (host < 0)
		return host;
	if (access(trial->target, X_OK) < 0)
		return -errno;
	err = pw_clock_anchor(trial->clock, &probe->result->begin);
	if (!err)
		err = run_python(trial, hosts[host], &attack);
	if (!err)
		err = run_python(trial, "self", &control);
	if (!err)
		err = report(probe, &attack, &control);
	return err ? err : pw_clock_anchor(trial->clock, &probe->result->end);
}

const struct pw_wall pw_wall_crash_python_exception = {
	.name = "crash.python_exception",
	.probe = probe_python_exception,
};
