/*
 * Idle processes in confinement.  One op makes N processes that the factor mechanism confines,
 * waits for each to say that it is confined and about to sleep, weighs all of them, kills them and
 * waits for them; where a mechanism has more processes than the one that it confines, all are
 * weighed.  The cgroup of containers is made before, and is the same for all of them.
 */
#include <errno.h>

#include "guest.h"
#include "idle.h"
#include "mark.h"
#include "setting.h"

/* What one may hold of the cgroup's limits, which are not to be met here. */
#define GUEST_BYTES (2ULL << 20)
#define SPARE 2

struct idle_guests_state {
	struct pw_idle idle;
	struct pw_confinement confinement;
};

static struct pw_guest *guest_of(struct pw_idle *idle, uint64_t index)
{
	return &((struct pw_guest *)idle->tasks)[index];
}

static int start(struct pw_idle *idle, uint64_t index)
{
	struct idle_guests_state *s = (void *)idle;

	return pw_guest_start(guest_of(idle, index), &s->confinement);
}

static int weigh(struct pw_idle *idle, uint64_t made, struct pw_census *sum)
{
	const struct idle_guests_state *s = (void *)idle;
	int err = 0;

	for (uint64_t i = 0; !err && i < made; i++) {
		pid_t pid = guest_of(idle, i)->pid;

		/* Only where one execs is there more than one. */
		err = s->confinement.kind->execs ? pw_census_family(pid, sum) : pw_census_process(pid, sum);
	}
	return err;
}

static int end(struct pw_idle *idle, uint64_t index)
{
	return pw_guest_end(guest_of(idle, index));
}

/* Namespaces of networks go much later than their processes. */
static const struct pw_idle_kind idle_guests_kind = {
	.task_size = sizeof(struct pw_guest),
	.remains = 25,
	.start = start,
	.weigh = weigh,
	.end = end,
};

static int idle_guests_open(void *state, const struct pw_trial *trial)
{
	struct idle_guests_state *s = state;
	int kind = pw_setting_word(trial, "mechanism", pw_confinement_words);
	struct pw_confinement_wish wish = { .program = trial->target, .arguments = pw_guest_arguments };
	const char *why;
	int err;

	if (kind < 0)
		return kind;
	wish.kind = pw_confinement_kinds[kind];
	wish.tasks = pw_setting_number(trial, "tasks", 0) + SPARE;
	wish.bytes = wish.tasks * GUEST_BYTES;
	err = pw_confinement_open(&s->confinement, &wish, &why);
	if (err)
		return pw_mark_refusal(state, err, why);
	err = pw_idle_open(&s->idle, &idle_guests_kind, trial);
	if (err)
		pw_confinement_close(&s->confinement);
	return err;
}

static void idle_guests_close(void *state)
{
	struct idle_guests_state *s = state;

	pw_idle_close(&s->idle);
	pw_confinement_close(&s->confinement);
}

const struct pw_primitive pw_idle_guests = {
	.name = "idle_guests",
	.state_size = sizeof(struct idle_guests_state),
	.open = idle_guests_open,
	.drive = pw_idle_drive,
	.close = idle_guests_close,
	.readings = pw_idle_readings,
};
