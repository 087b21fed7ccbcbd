/* Look-up of factors; outside any timed region. */
#include "setting.h"

#include <errno.h>
#include <string.h>

static const struct pw_setting *find(const struct pw_trial *trial, const char *name)
{
	for (uint32_t i = 0; i < trial->setting_count; i++)
		if (strcmp(trial->settings[i].name, name) == 0)
			return &trial->settings[i];
	return NULL;
}

uint64_t pw_setting_number(const struct pw_trial *trial, const char *name, uint64_t otherwise)
{
	const struct pw_setting *setting = find(trial, name);

	return setting ? setting->number : otherwise;
}

int pw_setting_word(const struct pw_trial *trial, const char *name, const char *const *words)
{
	const struct pw_setting *setting = find(trial, name);

	if (!setting)
		return 0;
	for (int i = 0; words[i]; i++)
		if (strcmp(words[i], setting->word) == 0)
			return i;
	return -EINVAL;
}
