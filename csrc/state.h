/* The memory of a primitive: its marks, then its state. */
#ifndef PW_STATE_H
#define PW_STATE_H

#include "primitive.h"

/* Map zeroed shared memory and open the primitive in it.  On failure nothing stays. */
int pw_state_open(const struct pw_primitive *primitive, const struct pw_trial *trial, void **state);
void pw_state_close(const struct pw_primitive *primitive, void *state);

#endif
