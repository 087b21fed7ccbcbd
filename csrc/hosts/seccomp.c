/* A fork child under a filter that allows what a victim needs in order to fall, and refuses all the rest. */
#include <errno.h>
#include <stddef.h>

#include "crash.h"
#include "seccomp.h"

static const unsigned int allowed[] = {
	SYS_openat, SYS_read, SYS_write, SYS_close, SYS_mmap, SYS_munmap, SYS_mprotect, SYS_madvise, SYS_mremap, SYS_brk,
	SYS_pipe2, SYS_dup3, SYS_writev, SYS_memfd_create, SYS_ftruncate, SYS_futex, SYS_sched_yield, SYS_nanosleep, SYS_clock_nanosleep,
	SYS_clock_gettime, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_kill,
	SYS_tkill, SYS_tgkill, SYS_getpid, SYS_gettid, SYS_getrandom, SYS_prlimit64, SYS_getrlimit,
	SYS_setrlimit, SYS_prctl, SYS_seccomp, SYS_exit, SYS_exit_group, SYS_restart_syscall,
#ifdef SYS_dup2
	SYS_dup2,
#endif
#ifdef SYS_pkey_alloc
	SYS_pkey_alloc, SYS_pkey_free, SYS_pkey_mprotect,
#endif
};

#define ALLOWED (sizeof(allowed) / sizeof(allowed[0]))

static int restrict_self(void)
{
	struct sock_filter program[2 * ALLOWED + 2] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	unsigned short length = 1;

	length = (unsigned short)(length + pw_seccomp_allow(program + length, allowed, ALLOWED));
	program[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	return pw_seccomp_install(program, length);
}

static int confine(struct pw_crash *crash)
{
	int err = restrict_self();

	if (err)
		return err;
	/* No process is refused its parent's number, but for this filter. */
	crash->faller->confined = syscall(SYS_getppid) < 0 && errno == EPERM;
	return 0;
}

static int open_host(struct pw_crash *crash)
{
	int err = pw_seccomp_available(SECCOMP_RET_ERRNO);

	return err ? pw_probe_refuse(crash->probe, err, PW_SECCOMP_LACKING) : 0;
}

const struct pw_host pw_host_seccomp = { .name = "seccomp", .open = open_host, .confine = confine };
