/*
 * A message to a function: what a message would cost if nothing lay between the two.
 * One op calls, through a pointer, a function that copies a message of n bytes into
 * its own buffer and returns; inside the timed region are the call, one copy and the
 * return.  One party, no system call.
 */
#include <string.h>

#include "exchange.h"

__attribute__((noinline)) static void take(char *to, const char *from, size_t size)
{
	memcpy(to, from, size);
	__asm__ __volatile__("" ::: "memory");
}

static int call_message_open(void *state, const struct pw_trial *trial)
{
	return pw_exchange_open(state, trial, "message");
}

static int call_message_drive(void *state, uint64_t ops)
{
	struct pw_exchange *exchange = state;
	void (*callee)(char *to, const char *from, size_t size) = take;

	while (ops--) {
		/* The compiler must not know whom it calls. */
		__asm__ __volatile__("" : "+r"(callee));
		callee(exchange->in[PW_DRIVER], exchange->out[PW_DRIVER], exchange->size);
	}
	return 0;
}

static void call_message_close(void *state)
{
	pw_exchange_close(state);
}

const struct pw_primitive pw_call_message = {
	.name = "call_message",
	.state_size = sizeof(struct pw_exchange),
	.open = call_message_open,
	.drive = call_message_drive,
	.close = call_message_close,
};
