/*
 * A bare function call, the floor of all.  One op calls, through a pointer, a
 * function that returns at once; nothing else is inside the timed region.
 */
#include "primitive.h"

__attribute__((noinline)) static void callee_body(void)
{
	__asm__ __volatile__("");
}

static int function_call_drive(void *state, uint64_t ops)
{
	void (*callee)(void) = callee_body;

	(void)state;
	while (ops--) {
		/* The compiler must not know whom it calls. */
		__asm__ __volatile__("" : "+r"(callee));
		callee();
	}
	return 0;
}

const struct pw_primitive pw_function_call = {
	.name = "function_call",
	.drive = function_call_drive,
};
