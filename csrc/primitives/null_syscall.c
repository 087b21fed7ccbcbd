/*
 * The cheapest system call.  One op is one getppid through syscall(2), which no
 * libc caches; inside the timed region is the way into the kernel and back.
 */
#include <sys/syscall.h>
#include <unistd.h>

#include "primitive.h"

static int null_syscall_drive(void *state, uint64_t ops)
{
	(void)state;
	while (ops--)
		syscall(SYS_getppid);
	return 0;
}

const struct pw_primitive pw_null_syscall = {
	.name = "null_syscall",
	.drive = null_syscall_drive,
};
