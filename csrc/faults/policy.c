/* A system call that a seccomp filter forbids on pain of death. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "table.h"

/* Harmless, and no library calls it unasked. */
#define FORBIDDEN SYS_getpriority

/* Of the calling thread alone. */
static int forbid(unsigned int action)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FORBIDDEN, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = sizeof(program) / sizeof(program[0]), .filter = program };

	/* A kernel that does not know the action would take another for it. */
	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0)
		return -errno;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0 ? -errno : 0;
}

static int prepare_kill_process(struct pw_victim *victim)
{
	(void)victim;
	return forbid(SECCOMP_RET_KILL_PROCESS);
}

static int prepare_kill_thread(struct pw_victim *victim)
{
	(void)victim;
	return forbid(SECCOMP_RET_KILL_THREAD);
}

static void commit_forbidden(void *aim)
{
	(void)aim;
	syscall(FORBIDDEN, 0, 0);
}

#define NEEDS_SECCOMP "seccomp filters (CONFIG_SECCOMP_FILTER), and leave to add one"

/* The kernel lets nobody catch this SIGSYS. */
const struct pw_fault pw_faults_policy[] = {
	{ .name = "seccomp_process", .signal = SIGSYS, .prepare = prepare_kill_process, .commit = commit_forbidden,
	  .needs = NEEDS_SECCOMP },
	{ .name = "seccomp_thread", .effect = PW_EFFECT_THREAD, .signal = SIGSYS, .prepare = prepare_kill_thread,
	  .commit = commit_forbidden, .control = "seccomp_process", .needs = NEEDS_SECCOMP },
	{ .name = NULL },
};
