/* Two buffers of the size of one message, both filled so that no page is missing. */
#ifndef PW_MESSAGE_H
#define PW_MESSAGE_H

#include <stddef.h>

struct pw_message {
	size_t size;
	char *sent;
	char *received;
};

/* -EINVAL for a message of no bytes. */
int pw_message_open(struct pw_message *message, size_t size);
void pw_message_close(struct pw_message *message);

#endif
