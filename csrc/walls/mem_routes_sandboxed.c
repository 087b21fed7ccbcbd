/*
 * mem.sandboxed: the five ways into a process of the same user, and what a sandbox is
 * asked to forbid besides, from inside of one.
 *
 * The attacker is that of mem.nondumpable, and its victim is dumpable: without the
 * sandbox, which is the control, every call succeeds.
 *
 * seccomp: a filter answers for the kernel, EPERM here; where it is told to kill, SIGSYS.
 * landlock: who is in a domain may not trace who is outside (EPERM), nor open what the
 * domain does not allow (EACCES).
 * namespaces: in a pid namespace the victim has no number (ESRCH); /proc is the one of
 * outside, and shows it, but the user namespace keeps its memory shut (EACCES); the
 * network namespace has no way out (ENETUNREACH).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "campaign.h"
#include "landlock.h"
#include "seccomp.h"
#include "task.h"

#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

enum host { HOST_SECCOMP, HOST_LANDLOCK, HOST_NAMESPACES };

static const char *const hosts[] = {
	[HOST_SECCOMP] = "seccomp", [HOST_LANDLOCK] = "landlock", [HOST_NAMESPACES] = "namespaces", NULL,
};

static int take_open(const struct pw_aim *aim, struct pw_loot *loot)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)aim;
	(void)loot;
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* A datagram socket sends nothing when it is connected: it only looks for the way. */
static int take_socket(const struct pw_aim *aim, struct pw_loot *loot)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = 0;

	(void)aim;
	(void)loot;
	if (fd < 0)
		return -errno;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		err = -errno;
	close(fd);
	return err;
}

static const struct pw_route open_file = { .name = "open", .take = take_open };
static const struct pw_route open_socket = { .name = "socket", .take = take_socket };

/* The filter of one architecture: by another's table the same numbers are other calls. */
#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#endif

static int filter(uint32_t answer)
{
#ifdef NATIVE_ARCH
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 7, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_writev, 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 5, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_getfd, 4, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, answer),
	};

	return pw_seccomp_install(program, sizeof(program) / sizeof(program[0]));
#else
	(void)answer;
	return -EOPNOTSUPP;
#endif
}

static int confine_by_seccomp(void)
{
	return filter(SECCOMP_RET_ERRNO | EPERM);
}

static int confine_by_landlock(void)
{
	int err = pw_landlock_restrict(PW_LANDLOCK_EVERYTHING);

	return err ? err : pw_landlock_is_restricted() ? 0 : -EPROTO;
}

/* Only a child is in the new pid namespace, so that one makes the attack. */
static int confine_by_namespaces(void)
{
	pid_t pid;

	if (unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET) < 0)
		return errno == EINVAL ? -EOPNOTSUPP : -errno;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid > 0)
		_exit(pw_task_wait_exit(pid, 0) ? 1 : 0);
	/* Its parent has no number in there to compare with. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -errno;
	return getpid() == 1 ? 0 : -EPROTO;
}

/* The same filter, told to kill: the signal that ends one that asks for a socket. */
static int killed_by(int64_t *signal)
{
	const struct rlimit no_core = { 0, 0 };
	pid_t parent = getpid();
	pid_t pid = fork();
	int status;
	int err;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		if (pw_task_bind_to_parent(parent) || setrlimit(RLIMIT_CORE, &no_core) < 0 ||
		    filter(SECCOMP_RET_KILL_PROCESS))
			_exit(1);
		_exit(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) < 0 ? 2 : 3);
	}
	err = pw_task_wait(pid, &status);
	*signal = !err && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	return err;
}

static const struct sandbox {
	int (*confine)(void);
	int refusals[PW_ROUTE_COUNT];
	int refuses_open;               /* with this errno; 0: not its business */
	int refuses_socket;
	const char *missing;
} sandboxes[] = {
	[HOST_SECCOMP] = {
		confine_by_seccomp, { EPERM, EPERM, EPERM, EPERM, EPERM }, EPERM, EPERM,
		"needs seccomp filters (CONFIG_SECCOMP_FILTER) on x86_64 or aarch64",
	},
	[HOST_LANDLOCK] = {
		confine_by_landlock, { EPERM, EPERM, EACCES, EPERM, EPERM }, EACCES, 0,
		"needs Landlock: Linux 5.13, CONFIG_SECURITY_LANDLOCK, and landlock among the lsm= of the boot",
	},
	[HOST_NAMESPACES] = {
		confine_by_namespaces, { ESRCH, ESRCH, EACCES, ESRCH, ESRCH }, 0, ENETUNREACH,
		"needs user namespaces for ordinary users: see user.max_user_namespaces, "
		"kernel.unprivileged_userns_clone and kernel.apparmor_restrict_unprivileged_userns",
	},
};

static int ways_of(const struct sandbox *sandbox, struct pw_campaign_way ways[PW_ROUTE_COUNT + 2])
{
	int count = PW_ROUTE_COUNT;

	for (int i = 0; i < PW_ROUTE_COUNT; i++)
		ways[i] = (struct pw_campaign_way){ .route = &pw_routes[i], .refusal = sandbox->refusals[i] };
	if (sandbox->refuses_open)
		ways[count++] = (struct pw_campaign_way){ .route = &open_file, .refusal = sandbox->refuses_open };
	if (sandbox->refuses_socket)
		ways[count++] = (struct pw_campaign_way){ .route = &open_socket, .refusal = sandbox->refuses_socket };
	return count;
}

static int is_missing(int err)
{
	return err == -EPERM || err == -EACCES || err == -ENOSYS || err == -EOPNOTSUPP || err == -ENOSPC ||
	       err == -EUSERS;
}

static int probe_sandboxed(struct pw_probe *probe)
{
	struct pw_raid control = { .dumpable = 1, .any_tracer = 1 };
	struct pw_campaign_way ways[PW_ROUTE_COUNT + 2];
	const struct sandbox *sandbox;
	struct pw_raid attack;
	int64_t signal = 0;
	int host = pw_probe_host(probe, hosts);
	int err;

	if (host < 0)
		return host;
	sandbox = &sandboxes[host];
	err = pw_identity_ordinary(&control.keeper);
	if (err)
		return err;
	control.attacker = control.keeper;
	attack = control;
	attack.confine = sandbox->confine;
	err = pw_campaign(probe, &attack, &control, ways, ways_of(sandbox, ways));
	if (is_missing(err) && !probe->result->reason[0])
		return pw_probe_refuse(probe, err, sandbox->missing);
	if (err || host != HOST_SECCOMP)
		return err;
	err = killed_by(&signal);
	if (!err)
		err = pw_probe_fact(probe, "killed_by", signal);
	return err ? err : pw_probe_fact(probe, "killed_by_expected", SIGSYS);
}

const struct pw_wall pw_wall_mem_sandboxed = { .name = "mem.sandboxed", .probe = probe_sandboxed };
