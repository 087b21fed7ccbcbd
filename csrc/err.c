/* What failures are called. */
#include "err.h"

#include <string.h>

static const char *const stage_names[PW_STAGE_COUNT] = {
	[PW_STAGE_NONE] = "none",
	[PW_STAGE_START] = "start",
	[PW_STAGE_ATTACH] = "attach",
	[PW_STAGE_IMAGE] = "image",
	[PW_STAGE_RIVAL] = "rival",
	[PW_STAGE_PIN] = "pin",
	[PW_STAGE_OPEN] = "open",
	[PW_STAGE_PEER] = "peer",
	[PW_STAGE_CLOCK] = "clock",
	[PW_STAGE_DRIVE] = "drive",
	[PW_STAGE_SERVE] = "serve",
	[PW_STAGE_PROBE] = "probe",
	[PW_STAGE_REAP] = "reap",
};

const char *pw_stage_name(int stage)
{
	return stage >= 0 && stage < PW_STAGE_COUNT ? stage_names[stage] : "unknown";
}

void pw_err_words(struct pw_result *result, const char *words)
{
	size_t length = strnlen(words, sizeof(result->reason) - 1);

	memcpy(result->reason, words, length);
	result->reason[length] = '\0';
}
