/* The factors of a trial by name, so that a new one needs no new field. */
#ifndef PW_SETTING_H
#define PW_SETTING_H

#include "partywall.h"

/* The value of a quantity; `otherwise` where the trial does not set it. */
uint64_t pw_setting_number(const struct pw_trial *trial, const char *name, uint64_t otherwise);
/* The place of the level in `words`, which ends with NULL.  0 where the trial does not
 * set it, -EINVAL where its level is none of them. */
int pw_setting_word(const struct pw_trial *trial, const char *name, const char *const *words);

#endif
