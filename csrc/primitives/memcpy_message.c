/*
 * A message through memory: the floor.  One op copies a message of n bytes into
 * a second buffer and back out of it, the two copies that any channel through
 * the kernel makes as well; one party, no system call.
 */
#include <string.h>

#include "message.h"
#include "primitive.h"

static int memcpy_message_open(void *state, const struct pw_trial *trial)
{
	return pw_message_open(state, trial);
}

static int memcpy_message_drive(void *state, uint64_t ops)
{
	struct pw_message *message = state;

	while (ops--) {
		memcpy(message->received, message->sent, message->size);
		__asm__ __volatile__("" ::: "memory");
		memcpy(message->sent, message->received, message->size);
		__asm__ __volatile__("" ::: "memory");
	}
	return 0;
}

static void memcpy_message_close(void *state)
{
	pw_message_close(state);
}

const struct pw_primitive pw_memcpy_message = {
	.name = "memcpy_message",
	.state_size = sizeof(struct pw_message),
	.open = memcpy_message_open,
	.drive = memcpy_message_drive,
	.close = memcpy_message_close,
};
