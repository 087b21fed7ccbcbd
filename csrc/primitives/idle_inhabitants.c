/*
 * Idle inhabitants of one Python process: sub-interpreters, or instances of a WebAssembly module.
 * One op starts the trial's target, a Python interpreter, on a script that makes N of them, says so
 * and sleeps; weighs that process; and kills it.  What one more of them takes is the difference
 * between two such processes: a single one is mostly the interpreter.
 */
#include <errno.h>

#include "decimal.h"
#include "idle_process.h"
#include "setting.h"

struct idle_inhabitants_state {
	struct pw_idle_processes processes;
	uint64_t tasks;
	char number[PW_DECIMAL_MAX];
};

static const char *const words[] = { "subinterpreter", "wasm", NULL };

#define SLEEP "print(flush=True)\nopen(0).read()"

static const char *const scripts[] = {
	"import sys\n"
	"try:\n"
	"    import _interpreters as made\n"
	"except ImportError:\n"
	"    import _xxsubinterpreters as made\n"
	"held = [made.create() for _ in range(int(sys.argv[1]))]\n" SLEEP,
	"import sys, wasmtime\n"
	"engine = wasmtime.Engine()\n"
	"module = wasmtime.Module(engine, '(module (memory 1) (func (export \"call\")))')\n"
	"held = []\n"
	"for _ in range(int(sys.argv[1])):\n"
	"    store = wasmtime.Store(engine)\n"
	"    held.append((store, wasmtime.Instance(store, module, [])))\n" SLEEP,
};

static int idle_inhabitants_open(void *state, const struct pw_trial *trial)
{
	struct idle_inhabitants_state *s = state;
	int kind = pw_setting_word(trial, "inhabitant", words);
	const char *arguments[] = { "-I", "-c", NULL, s->number, NULL };
	int err;

	if (kind < 0 || !trial->target[0])
		return -EINVAL;
	s->tasks = pw_setting_number(trial, "tasks", 0);
	pw_decimal_write(s->number, s->tasks);
	arguments[2] = scripts[kind];
	err = pw_idle_processes_open(&s->processes, trial, arguments);
	/* One process holds them all. */
	if (!err)
		s->processes.idle.count = 1;
	return err;
}

static void idle_inhabitants_close(void *state)
{
	struct idle_inhabitants_state *s = state;

	s->processes.idle.count = s->tasks;
	pw_idle_processes_close(&s->processes);
}

const struct pw_primitive pw_idle_inhabitants = {
	.name = "idle_inhabitants",
	.state_size = sizeof(struct idle_inhabitants_state),
	.open = idle_inhabitants_open,
	.drive = pw_idle_drive,
	.close = idle_inhabitants_close,
	.readings = pw_idle_readings,
};
