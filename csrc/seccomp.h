/* A seccomp filter for the calling thread. */
#ifndef PW_SECCOMP_H
#define PW_SECCOMP_H

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
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

#endif
