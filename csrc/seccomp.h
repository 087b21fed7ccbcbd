/* A seccomp filter for the calling thread. */
#ifndef PW_SECCOMP_H
#define PW_SECCOMP_H

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Give up new privileges, and put this thread under the program.  0 or negative errno. */
static inline int pw_seccomp_install(struct sock_filter *program, unsigned short length)
{
	const struct sock_fprog filter = { .len = length, .filter = program };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0 ? -errno : 0;
}

#define PW_SECCOMP_LACKING "no seccomp filter can be installed: it takes a kernel with CONFIG_SECCOMP_FILTER"

/* 0 if filters with this action can be installed, or negative errno. */
static inline int pw_seccomp_available(uint32_t action)
{
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0)
		return errno == EINVAL ? -EOPNOTSUPP : -errno;
	return 0;
}

/* One system call fails with `error`, and all others go through. */
static inline int pw_seccomp_forbid(uint32_t call, uint32_t error)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	return pw_seccomp_install(program, sizeof(program) / sizeof(program[0]));
}

/* The two lines for each of these calls that let it through; how many lines that is. */
static inline unsigned short pw_seccomp_allow(struct sock_filter *line, const unsigned int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		line[2 * i] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i], 0, 1);
		line[2 * i + 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	return (unsigned short)(2 * count);
}

#endif
