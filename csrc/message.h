/* Two buffers of the size of one message, both filled so that no page is missing. */
#ifndef PW_MESSAGE_H
#define PW_MESSAGE_H

#include "partywall.h"

struct pw_message {
	size_t size;
	char *sent;
	char *received;
};

/* Of the size that the factor message says; -EINVAL for one of no bytes. */
int pw_message_open(struct pw_message *message, const struct pw_trial *trial);
void pw_message_close(struct pw_message *message);

#endif
