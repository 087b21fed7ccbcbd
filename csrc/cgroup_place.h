/* The cgroup that this process is in, and where there is room for another one. */
#ifndef PW_CGROUP_PLACE_H
#define PW_CGROUP_PLACE_H

#include <stdint.h>

#include "partywall.h"

enum pw_cgroup_controller { PW_CGROUP_MEMORY, PW_CGROUP_PIDS, PW_CGROUP_CONTROLLERS };

/* Each controller has a hierarchy of its own in v1. */
#define PW_CGROUP_HIERARCHIES PW_CGROUP_CONTROLLERS

/* "DIRECTORY/NAME"; -ENAMETOOLONG where that does not fit. */
int pw_cgroup_path(char path[PW_PATH_MAX], const char *directory, const char *name);
/* The same, in place. */
int pw_cgroup_append(char path[PW_PATH_MAX], const char *name);

/* The directory of this process's own cgroup where the controller is ("memory", "pids"), in the
 * hierarchies of v1; of v2 if the controller is NULL.  -EOPNOTSUPP if there is none to be seen. */
int pw_cgroup_own(const char *controller, char path[PW_PATH_MAX]);

/*
 * Directories below which a cgroup that limits memory and tasks may be made: in v1 our own ones,
 * one for each controller; in v2 the nearest on the way up that hands both controllers on, since
 * one that holds processes cannot.  -EOPNOTSUPP if there is no such place.
 */
int pw_cgroup_place(uint32_t *version, char path[PW_CGROUP_HIERARCHIES][PW_PATH_MAX]);

#endif
