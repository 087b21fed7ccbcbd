/* All faults, and what can be said of one without committing it. */
#include "faults.h"

#include <string.h>

#include "table.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct pw_fault *const tables[] = {
	pw_faults_memory, pw_faults_instruction, pw_faults_library,
	pw_faults_policy, pw_faults_limit, pw_faults_outright,
};

const struct pw_fault *pw_fault_at(uint32_t index)
{
	for (size_t i = 0; i < COUNT(tables); i++)
		for (const struct pw_fault *fault = tables[i]; fault->name; fault++)
			if (index-- == 0)
				return fault;
	return NULL;
}

const struct pw_fault *pw_fault_find(const char *name)
{
	const struct pw_fault *fault;

	for (uint32_t i = 0; (fault = pw_fault_at(i)); i++)
		if (strcmp(fault->name, name) == 0)
			return fault;
	return NULL;
}

int pw_fault_exists(const struct pw_fault *fault)
{
	return fault->commit || fault->attempt;
}

int pw_fault_spares_process(const struct pw_fault *fault)
{
	return fault->effect == PW_EFFECT_THREAD || fault->effect == PW_EFFECT_REFUSAL;
}

int pw_fault_denies(const struct pw_fault *fault)
{
	return fault->attempt && fault->attempt() == -fault->refusal;
}

int pw_fault_code_matches(const struct pw_fault *fault, int code)
{
	return (code >= fault->code_min && code <= fault->code_max) || code == fault->code_other;
}
