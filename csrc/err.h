/*
 * Errors travel as negative errno up to the one call Python made.  errno alone
 * cannot say where, so the harness, and nobody else, notes the stage.
 */
#ifndef PW_ERR_H
#define PW_ERR_H

#include "partywall.h"

/* Note the first failure of a trial and hand `err` (0 or negative errno) on. */
static inline int pw_err_at(struct pw_result *result, enum pw_stage stage, int err)
{
	if (err && result->stage == PW_STAGE_NONE) {
		result->error = -err;
		result->stage = (int32_t)stage;
	}
	return err;
}

/* Say the failure in words, as many as there is room for. */
void pw_err_words(struct pw_result *result, const char *words);

#endif
