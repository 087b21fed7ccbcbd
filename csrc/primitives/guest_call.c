/*
 * A call into a confined process.  One op sends one byte through a pipe to a process that the
 * factor mechanism confines, and gets it back through another; inside the timed region are two
 * writes and two blocking reads.  The process is made and confined before anything is timed.
 */
#include "guest.h"
#include "mark.h"
#include "primitive.h"
#include "setting.h"

struct guest_call_state {
	struct pw_confinement confinement;
	struct pw_guest guest;
};

static int guest_call_open(void *state, const struct pw_trial *trial)
{
	struct guest_call_state *s = state;
	int kind = pw_setting_word(trial, "mechanism", pw_confinement_words);
	struct pw_confinement_wish wish = {
		.program = trial->target, .arguments = pw_guest_arguments,
		.bytes = PW_CONTAINER_BYTES, .tasks = PW_CONTAINER_TASKS,
	};
	const char *why;
	int err;

	if (kind < 0)
		return kind;
	wish.kind = pw_confinement_kinds[kind];
	err = pw_confinement_open(&s->confinement, &wish, &why);
	if (err)
		return pw_mark_refusal(state, err, why);
	err = pw_guest_start(&s->guest, &s->confinement);
	if (err) {
		pw_confinement_close(&s->confinement);
		pw_mark_refusal(state, err, wish.kind->forbidden);
	}
	return err;
}

static int guest_call_drive(void *state, uint64_t ops)
{
	struct guest_call_state *s = state;
	int err = 0;

	while (!err && ops--)
		err = pw_guest_ask(&s->guest);
	return err;
}

static void guest_call_close(void *state)
{
	struct guest_call_state *s = state;

	pw_guest_end(&s->guest);
	pw_confinement_close(&s->confinement);
}

const struct pw_primitive pw_guest_call = {
	.name = "guest_call",
	.state_size = sizeof(struct guest_call_state),
	.open = guest_call_open,
	.drive = guest_call_drive,
	.close = guest_call_close,
};
