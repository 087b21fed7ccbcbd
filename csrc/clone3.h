/* clone3(2), for which libc has no function. */
#ifndef PW_CLONE3_H
#define PW_CLONE3_H

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* The number is the same on every architecture but alpha; older headers lack it. */
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

/* As the kernel knows it since Linux 5.7; <linux/sched.h> may be older. */
struct pw_clone_args {
	_Alignas(8) uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid;
	uint64_t parent_tid;
	uint64_t exit_signal;
	uint64_t stack;
	uint64_t stack_size;
	uint64_t tls;
	uint64_t set_tid;
	uint64_t set_tid_size;
	uint64_t cgroup;
};

/* Returns twice, on the stack of the caller, as fork does but without libc's handlers.
 * `cgroup` is a descriptor, used with CLONE_INTO_CGROUP only. */
static inline pid_t pw_clone3(uint64_t flags, int cgroup)
{
	const struct pw_clone_args args = {
		.flags = flags,
		/* A sibling has that of the caller. */
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
		.cgroup = cgroup < 0 ? 0 : (uint64_t)cgroup,
	};
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	return pid < 0 ? -errno : (pid_t)pid;
}

#endif
