/* How a probe reports. */
#include <errno.h>
#include <string.h>

#include "err.h"
#include "setting.h"
#include "wall.h"

int pw_probe_fact(struct pw_probe *probe, const char *name, int64_t value)
{
	struct pw_result *result = probe->result;
	size_t length = strlen(name);
	struct pw_fact *fact;

	if (result->fact_count >= PW_FACTS_MAX || length >= sizeof(fact->name))
		return -ENOSPC;
	fact = &result->facts[result->fact_count];
	memcpy(fact->name, name, length + 1);
	fact->value = value;
	result->fact_count++;
	return 0;
}

int pw_probe_facts(struct pw_probe *probe, const struct pw_found *found)
{
	int err = 0;

	for (; !err && found->name; found++)
		err = pw_probe_fact(probe, found->name, found->value);
	return err;
}

int pw_probe_host(const struct pw_probe *probe, const char *const *words)
{
	int place = pw_setting_word(probe->trial, "host", words);

	/* A trial without a host must not get the first one by chance. */
	return pw_setting_number(probe->trial, "host", UINT64_MAX) == UINT64_MAX ? -EINVAL : place;
}

int pw_probe_refuse(struct pw_probe *probe, int err, const char *why)
{
	pw_err_words(probe->result, why);
	return err;
}

int pw_probe_sample(struct pw_probe *probe, uint32_t timing, uint64_t ticks)
{
	uint64_t at = probe->result->count;

	if (at >= probe->capacity)
		return -ENOSPC;
	probe->ticks[at] = ticks;
	probe->ops[at] = timing;
	probe->result->count = at + 1;
	return 0;
}
