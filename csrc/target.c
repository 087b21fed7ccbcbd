/* Look at the target before anything is timed: a missing one must not be measured. */
#include "target.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int pw_target_open(void *state, const struct pw_trial *trial)
{
	struct pw_target *target = state;

	memcpy(target->path, trial->target, sizeof(target->path));
	target->argv[0] = target->path;
	return access(target->path, X_OK) < 0 ? -errno : 0;
}
