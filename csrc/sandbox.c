/*
 * A process that keeps what it needs to compute and to answer, and gives up the rest: Landlock
 * takes every file, a seccomp filter every system call that is not in a short list.
 */
#include <errno.h>
#include <linux/audit.h>
#include <stddef.h>

#include "confinement.h"
#include "landlock.h"
#include "seccomp.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#else
#define NATIVE 0
#endif

/* The opening of files too: it is Landlock that says which. */
static const unsigned int allowed[] = {
	SYS_read, SYS_write, SYS_openat, SYS_close, SYS_mmap, SYS_munmap, SYS_mprotect, SYS_madvise, SYS_mremap,
	SYS_brk, SYS_futex, SYS_sched_yield, SYS_nanosleep, SYS_clock_nanosleep, SYS_clock_gettime, SYS_rt_sigaction,
	SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_getpid, SYS_gettid, SYS_getrandom, SYS_exit, SYS_exit_group,
	SYS_restart_syscall,
};

#define ALLOWED (sizeof(allowed) / sizeof(allowed[0]))
#define LONGEST (2 * ALLOWED + 9)

struct program {
	struct sock_filter line[LONGEST];
	unsigned short length;
};

static void add(struct program *program, struct sock_filter line)
{
	program->line[program->length++] = line;
}

/* Numbers of calls mean something else to a program of another architecture. */
static void add_head(struct program *program)
{
	add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0));
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS));
	add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
}

static void add_allowed(struct program *program)
{
	unsigned short lines = pw_seccomp_allow(program->line + program->length, allowed, ALLOWED);

	program->length = (unsigned short)(program->length + lines);
}

/* A signal to itself, which abort() needs, and all else refused. */
static void add_tail(struct program *program)
{
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 3));
	add(program, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)));
	add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)getpid(), 0, 1));
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM));
}

static int enter(const struct pw_confinement *confinement)
{
	struct program program;
	int err = pw_landlock_restrict(PW_LANDLOCK_EVERYTHING);

	(void)confinement;
	if (err)
		return err;
	program.length = 0;
	add_head(&program);
	add_allowed(&program);
	add_tail(&program);
	return pw_seccomp_install(program.line, program.length);
}

static int is_in_force(void)
{
	/* No process is refused its parent's number, but for this filter. */
	return syscall(SYS_getppid) < 0 && errno == EPERM && pw_landlock_is_restricted();
}

static int open_sandbox(struct pw_confinement *confinement, const struct pw_confinement_wish *wish, const char **why)
{
	int err;

	(void)confinement;
	(void)wish;
	*why = PW_SECCOMP_LACKING ", on x86-64 or arm64";
	if (!NATIVE)
		return -EOPNOTSUPP;
	err = pw_seccomp_available(SECCOMP_RET_KILL_PROCESS);
	if (err)
		return err;
	*why = PW_LANDLOCK_LACKING;
	return pw_landlock_available();
}

const struct pw_confinement_kind pw_confinement_sandbox = {
	.name = "sandbox", .open = open_sandbox, .enter = enter, .is_in_force = is_in_force,
};
