/* The memory of messages. */
#include "message.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "setting.h"

int pw_message_allocate(struct pw_message *message, size_t size)
{
	char *memory;

	if (!size)
		return -EINVAL;
	memory = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	memset(memory, 0x5a, 2 * size);
	*message = (struct pw_message){ .size = size, .sent = memory, .received = memory + size };
	return 0;
}

int pw_message_open(struct pw_message *message, const struct pw_trial *trial)
{
	return pw_message_allocate(message, pw_setting_number(trial, "message", 0));
}

void pw_message_close(struct pw_message *message)
{
	if (message->sent)
		munmap(message->sent, 2 * message->size);
	*message = (struct pw_message){ 0 };
}
