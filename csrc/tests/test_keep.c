/* The primitives of keeping tasks and pages, where the sanitizers can see them. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "check.h"
#include "fixture.h"
#include "mark.h"
#include "primitive.h"
#include "state.h"

#define OPS 3

struct keep_case {
	const char *primitive;
	const char *factor;
	const char *word;
	uint64_t number;
	const char *target;
	int opened;             /* what open returns */
	int driven;             /* what drive returns */
};

static const struct keep_case cases[] = {
	{ "idle_processes", "tasks", "4", 4, "", 0, 0 },
	{ "idle_processes", "tasks", "0", 0, "", -EINVAL, 0 },
	{ "idle_processes", "tasks", "4", 4, "/nowhere", -ENOENT, 0 },
	{ "idle_processes", "tasks", "4", 4, "/bin/false", 0, -ECHILD },
	{ "idle_interpreters", "tasks", "4", 4, "", -EINVAL, 0 },
	{ "idle_interpreters", "tasks", "4", 4, "/bin/true", 0, -ECHILD },
	{ "idle_threads", "tasks", "4", 4, "", 0, 0 },
	{ "page_fault", "fault", "minor", 0, "", 0, 0 },
	{ "page_fault", "fault", "cow", 0, "", 0, 0 },
	{ "page_fault", "fault", "file", 0, "", 0, 0 },
	{ "page_fault", "fault", "other", 0, "", -EINVAL, 0 },
	{ "exit_resident", "owned", "0B", 0, "", 0, 0 },
	{ "exit_resident", "owned", "100001B", 100001, "", 0, 0 },
	{ "mmap_munmap", "size", "1B", 1, "", 0, 0 },
	{ "mmap_munmap", "size", "0B", 0, "", -EINVAL, 0 },
	{ "mprotect_page", "none", "", 0, "", 0, 0 },
	{ "signal_delivery", "none", "", 0, "", 0, 0 },
};

/* With readings, one op at a time, as it is measured; every reading is taken anew. */
static void drive(struct check *check, const struct pw_primitive *primitive, void *state, int wanted)
{
	for (int op = 0; op < OPS; op++) {
		const struct pw_reading *reading = primitive->readings;

		for (uint32_t i = 0; i < PW_READINGS_MAX; i++)
			pw_mark_value(state, i, INT64_MIN);
		CHECK_EQ(check, primitive->drive(state, 1), wanted);
		for (uint32_t i = 0; !wanted && reading && reading[i].name; i++)
			CHECK(check, pw_marks_of(state)->value[i] > INT64_MIN);
	}
}

static void run_case(struct check *check, const struct keep_case *c)
{
	struct pw_shared *shared = fixture_open(1, c->primitive);
	const struct pw_primitive *primitive = pw_primitive_find(c->primitive);
	void *state;

	if (!CHECK(check, shared != NULL && primitive != NULL))
		return;
	shared->trial.readings = 1;
	memcpy(shared->trial.target, c->target, strlen(c->target) + 1);
	memcpy(shared->trial.directory, "/tmp", sizeof("/tmp"));
	fixture_set(&shared->trial, c->factor, c->number, c->word);
	CHECK_EQ(check, pw_state_open(primitive, &shared->trial, &state), c->opened);
	if (!c->opened) {
		drive(check, primitive, state, c->driven);
		pw_state_close(primitive, state);
	}
	fixture_close(shared);
}

static void ops_and_their_ends(struct check *check)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int before = check->failures;

		run_case(check, &cases[i]);
		/* Ended tasks were waited for. */
		CHECK_EQ(check, waitpid(-1, NULL, WNOHANG), -1);
		if (check->failures > before)
			printf("of %s, %s=%s, target %s\n", cases[i].primitive, cases[i].factor, cases[i].word,
			       cases[i].target);
	}
}

static void a_signal_handler_is_put_back(struct check *check)
{
	struct sigaction action;

	run_case(check, &(struct keep_case){ "signal_delivery", "none", "", 0, "", 0, 0 });
	CHECK_EQ(check, sigaction(SIGUSR1, NULL, &action), 0);
	CHECK(check, action.sa_handler == SIG_DFL);
}

static const struct check_test tests[] = {
	{ "ops_and_their_ends", ops_and_their_ends },
	{ "a_signal_handler_is_put_back", a_signal_handler_is_put_back },
	{ NULL, NULL },
};

const struct check_suite suite_keep = { "keep", tests };
