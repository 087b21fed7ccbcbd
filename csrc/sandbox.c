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

#define CREATE_RULESET_VERSION 1U

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
	for (size_t i = 0; i < ALLOWED; i++) {
		add(program, (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1));
		add(program, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
	}
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
	const uint32_t action = SECCOMP_RET_KILL_PROCESS;

	(void)confinement;
	(void)wish;
	*why = "no seccomp filter can be installed: it takes a kernel with CONFIG_SECCOMP_FILTER, on x86-64 or arm64";
	if (!NATIVE)
		return -EOPNOTSUPP;
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0)
		return errno == EINVAL ? -EOPNOTSUPP : -errno;
	*why = "no Landlock here: it takes Linux 5.13 with landlock among its lsm= modules";
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION) < 0)
		return -errno;
	return 0;
}

const struct pw_confinement_kind pw_confinement_sandbox = {
	.name = "sandbox", .open = open_sandbox, .enter = enter, .is_in_force = is_in_force,
};
