/* Two buffers of the size of one message, both filled so that no page is missing. */
#ifndef PW_MESSAGE_H
#define PW_MESSAGE_H

#include "partywall.h"

struct pw_message {
	size_t size;
	char *sent;
	char *received;
};

/* Of `size` bytes; -EINVAL for none. */
int pw_message_allocate(struct pw_message *message, size_t size);
/* Of the size that the factor message says. */
int pw_message_open(struct pw_message *message, const struct pw_trial *trial);
void pw_message_close(struct pw_message *message);

#endif
