/* Look at the target before anything is timed: a missing one must not be measured. */
#include "target.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int pw_target_set(struct pw_target *target, const char *path, const char *const *arguments)
{
	size_t length = strlen(path);

	if (length >= sizeof(target->path))
		return -ENAMETOOLONG;
	memcpy(target->path, path, length + 1);
	for (int mode = 0; mode < PW_MODE_COUNT; mode++) {
		target->argv[mode][PW_TARGET_SELF] = target->path;
		for (int i = 0; arguments[i]; i++) {
			if (i + 2 >= PW_TARGET_ARGUMENTS)
				return -E2BIG;
			/* execve takes, and leaves alone, what it does not call const. */
			target->argv[mode][i + 1] = (char *)(uintptr_t)arguments[i];
		}
	}
	return access(target->path, X_OK) < 0 ? -errno : 0;
}

int pw_target_open(struct pw_target *target, const struct pw_trial *trial)
{
	static const char *const nothing[] = { NULL };

	return pw_target_set(target, trial->target, nothing);
}

void pw_target_attach(struct pw_target *target, uint32_t clock, int report_fd, int hold_fd)
{
	const uint64_t values[] = { clock, (uint64_t)report_fd, (uint64_t)hold_fd };

	for (int argument = PW_TARGET_CLOCK; argument <= PW_TARGET_HOLD; argument++) {
		char *text = target->number[argument - 1];

		pw_decimal_write(text, values[argument - 1]);
		target->argv[PW_MODE_HELD][argument] = text;
		if (argument != PW_TARGET_HOLD)
			target->argv[PW_MODE_MARKED][argument] = text;
	}
}
