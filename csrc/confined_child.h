/* A child that confines itself and exits, or is replaced by a program that does: what such primitives share. */
#ifndef PW_CONFINED_CHILD_H
#define PW_CONFINED_CHILD_H

#include "child.h"
#include "confinement.h"

struct pw_confined_child {
	struct pw_child child;
	struct pw_confinement confinement;
};

int pw_confined_child_open(void *state, const struct pw_trial *trial, const struct pw_confinement_kind *kind,
			   pid_t (*create)(struct pw_child *child, struct pw_birth birth));
void pw_confined_child_close(void *state);

/* The call that creates. */
static inline pid_t pw_confined_child_create(struct pw_child *child, struct pw_birth birth,
					     const struct pw_confinement_kind *kind)
{
	const struct pw_confined_child *s = (void *)child;
	pid_t pid = pw_confinement_create(&s->confinement);

	if (pid == 0) {
		int err;

		pw_child_begin(child, birth);
		err = pw_confinement_enter(&s->confinement);
		if (!err && birth.mode == PW_MODE_HELD && kind->is_in_force && !kind->is_in_force())
			err = -EPROTO;
		if (err)
			pw_child_fail(child, -err);
		pw_child_exit(child, birth);
	}
	return pid;
}

#endif
