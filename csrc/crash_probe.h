/* The probe that all walls of crashes share; they differ in the fault. */
#ifndef PW_CRASH_PROBE_H
#define PW_CRASH_PROBE_H

#include "wall.h"

int pw_crash_probe(struct pw_probe *probe, const char *fault);

#endif
