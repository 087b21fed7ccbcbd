/* What the measured process holds: memory, mappings, descriptors, threads. */
#ifndef PW_IMAGE_H
#define PW_IMAGE_H

#include "partywall.h"

/* Build what the trial asks for.  It is given back when the worker ends. */
int pw_image_build(const struct pw_trial *trial);

#endif
