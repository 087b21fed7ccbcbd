/* Others, while one process has all that it is let have of something. */
#ifndef PW_STRAIN_H
#define PW_STRAIN_H

#include "cgroup.h"
#include "scene.h"
#include "wall.h"

struct pw_strain {
	struct pw_probe *probe;
	struct pw_scene scene;
	void *argument;
};

/* Open the scene, exhaust something with others to see it, and close. */
int pw_strain_run(struct pw_probe *probe, int (*exhaust)(struct pw_strain *strain), void *argument);
/* What a cgroup limits, with the host "cgroup": open one, run the probe on it, and take it away.  Refused
 * with the reason where there can be none. */
int pw_strain_in_cgroup(struct pw_probe *probe, uint64_t bytes, uint64_t tasks,
			int (*run)(struct pw_probe *probe, struct pw_cgroup *cgroup));
/* Where it is exhausted: what we and the bystander still have and can do.  Once in a probe. */
int pw_strain_report(struct pw_strain *strain);

/* A child of ours that does this and exits with 0, unless something kills it.  *status is its own;
 * an error that it met is told in *error, which lies in shared memory. */
int pw_strain_child(int (*body)(void *argument), void *argument, int *error, int *status);

#endif
