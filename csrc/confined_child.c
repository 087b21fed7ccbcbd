/* Opening and closing, and the proof that the child is confined. */
#include "confined_child.h"

static int is_confined(struct pw_child *child, pid_t pid)
{
	const struct pw_confinement *confinement = &((struct pw_confined_child *)child)->confinement;
	const struct pw_confinement_kind *kind = confinement->kind;

	/* Where the kernel has no more to say the child itself has looked. */
	return !kind->holds || kind->holds(confinement, pid) ? 0 : -EPROTO;
}

/* Once: where what is set up is not allowed, the program is not reached. */
static int try_program(struct pw_child *child, pid_t (*create)(struct pw_child *child, struct pw_birth birth))
{
	const struct pw_birth birth = { .mode = PW_MODE_PLAIN };
	pid_t pid = create(child, birth);
	int err = pid < 0 ? pid : pw_child_reap(child, pid);

	return err == -ECHILD ? -EPERM : err;
}

int pw_confined_child_open(void *state, const struct pw_trial *trial, const struct pw_confinement_kind *kind,
			   pid_t (*create)(struct pw_child *child, struct pw_birth birth))
{
	static const char *const nothing[] = { NULL };
	struct pw_confined_child *s = state;
	const struct pw_confinement_wish wish = {
		.kind = kind, .program = trial->target, .arguments = nothing,
		.bytes = PW_CONTAINER_BYTES, .tasks = PW_CONTAINER_TASKS,
	};
	const struct pw_creation creation = {
		.create = create,
		.inspect = kind->execs ? NULL : is_confined,
		.readings = kind->execs ? pw_child_program_readings : pw_child_exit_readings,
	};
	const char *why;
	int err = pw_confinement_open(&s->confinement, &wish, &why);

	if (err)
		return pw_mark_refusal(state, err, why);
	err = pw_child_open(&s->child, trial, &creation);
	if (!err && kind->execs) {
		err = try_program(&s->child, create);
		if (err)
			pw_child_close(&s->child);
	}
	if (err) {
		pw_confinement_close(&s->confinement);
		pw_mark_refusal(state, err, kind->forbidden);
	}
	return err;
}

void pw_confined_child_close(void *state)
{
	struct pw_confined_child *s = state;

	pw_child_close(&s->child);
	pw_confinement_close(&s->confinement);
}
