/* The memory of a primitive: its marks, then its state. */
#ifndef PW_STATE_H
#define PW_STATE_H

#include "primitive.h"

/* Map zeroed shared memory and open the primitive in it.  On failure nothing stays. */
int pw_state_open(const struct pw_primitive *primitive, const struct pw_trial *trial, void **state);
/* The same; *why says what failed, if the primitive has words for it, and is NULL otherwise. */
int pw_state_open_or_say(const struct pw_primitive *primitive, const struct pw_trial *trial, void **state,
			 const char **why);
void pw_state_close(const struct pw_primitive *primitive, void *state);

#endif
