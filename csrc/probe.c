/* How a probe reports. */
#include <errno.h>
#include <string.h>

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

int pw_probe_sample(struct pw_probe *probe, uint64_t ticks)
{
	uint64_t at = probe->result->count;

	if (at >= probe->capacity)
		return -ENOSPC;
	probe->ticks[at] = ticks;
	probe->ops[at] = 1;
	probe->result->count = at + 1;
	return 0;
}
