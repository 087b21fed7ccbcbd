/* Shared, so that peers and forked children write where the driver reads. */
#include "state.h"

#include <errno.h>
#include <sys/mman.h>

#include "mark.h"

static size_t size_of(const struct pw_primitive *primitive)
{
	return sizeof(struct pw_marks) + primitive->state_size + 1;
}

int pw_state_open_or_say(const struct pw_primitive *primitive, const struct pw_trial *trial, void **state,
			 const char **why)
{
	struct pw_marks *marks = mmap(NULL, size_of(primitive), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	int err;

	*why = NULL;
	if (marks == MAP_FAILED)
		return -errno;
	marks->source = trial->clock;
	marks->on = trial->readings;
	*state = marks + 1;
	err = primitive->open ? primitive->open(*state, trial) : 0;
	if (err) {
		*why = marks->why;
		munmap(marks, size_of(primitive));
	}
	return err;
}

int pw_state_open(const struct pw_primitive *primitive, const struct pw_trial *trial, void **state)
{
	const char *why;

	return pw_state_open_or_say(primitive, trial, state, &why);
}

void pw_state_close(const struct pw_primitive *primitive, void *state)
{
	if (primitive->close)
		primitive->close(state);
	munmap(pw_marks_of(state), size_of(primitive));
}
