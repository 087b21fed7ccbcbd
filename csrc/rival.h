/*
 * The factor creators: processes that do the same op at the same time on other
 * CPUs, each with a state of its own, while the driver is measured.
 */
#ifndef PW_RIVAL_H
#define PW_RIVAL_H

#include "primitive.h"

/* Start `count` rivals on allowed CPUs other than the driver's; all have done an op on
 * return.  -EOPNOTSUPP where there are not that many CPUs.  They end with the worker's
 * process group. */
int pw_rivals_start(const struct pw_primitive *primitive, const struct pw_trial *trial, uint64_t count);

#endif
