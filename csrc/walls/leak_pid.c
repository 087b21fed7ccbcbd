/*
 * leak.pid: the number of the dead may be another one's soon.
 * leak.pidfd: a pidfd of the dead is nobody else's ever.
 *
 * The victim crashes and is reaped; then a process is made that has its number, as the kernel
 * lets a privileged one choose it.  Both are asked to take a signal: the number, and the
 * pidfd that was opened while the victim lived.  Controls: the pidfd reaches the victim as long as it
 * lives; and the number reaches the new one, or for the other wall, the pidfd does not.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "casualty.h"
#include "clone3.h"
#include "io.h"
#include "task.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif

/* Lies in memory that all share. */
struct seen {
	int error;
	int64_t alive_errno;            /* each as a positive errno; 0: it was reached */
	int64_t pidfd_errno;
	int64_t number_errno;
	int64_t same_number;
	int64_t crashes;
};

static int take_nothing(void *argument)
{
	(void)argument;
	return 0;
}

/* Signal 0 is delivered to nobody, but all else is as with any other one. */
static int64_t reach_by_pidfd(int pidfd)
{
	return syscall(SYS_pidfd_send_signal, pidfd, 0, NULL, 0) < 0 ? errno : 0;
}

static int64_t reach_by_number(pid_t pid)
{
	return kill(pid, 0) < 0 ? errno : 0;
}

/* A child of ours with that number; it ends when told to by a signal. */
static pid_t make_with_number(pid_t number)
{
	const struct pw_clone_args args = {
		.exit_signal = SIGCHLD, .set_tid = (uint64_t)(uintptr_t)&number, .set_tid_size = 1,
	};
	pid_t parent = getpid();
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0) {
		if (pw_task_bind_to_parent(parent))
			_exit(1);
		for (;;)
			pause();
	}
	return pid < 0 ? -errno : (pid_t)pid;
}

static int look_at_successor(struct seen *seen, pid_t number, int pidfd)
{
	pid_t pid = make_with_number(number);
	int status;

	if (pid < 0)
		return pid;
	seen->same_number = pid == number;
	seen->number_errno = reach_by_number(number);
	seen->pidfd_errno = reach_by_pidfd(pidfd);
	kill(pid, SIGKILL);
	return pw_task_wait(pid, &status);
}

static int look(struct seen *seen, const struct pw_trial *trial)
{
	static const struct pw_deed deed = { take_nothing, NULL };
	struct pw_casualty casualty;
	int pidfd = -1;
	int err = pw_casualty_open(&casualty, trial);
	pid_t number = 0;

	if (!err)
		err = pw_casualty_start(&casualty, &deed, NULL);
	if (!err) {
		number = casualty.pid;
		pidfd = (int)syscall(SYS_pidfd_open, number, 0);
		err = pidfd < 0 ? -errno : 0;
	}
	if (!err) {
		seen->alive_errno = reach_by_pidfd(pidfd);
		err = pw_casualty_end(&casualty, 0);
	}
	if (!err)
		err = look_at_successor(seen, number, pidfd);
	seen->crashes = casualty.crashes;
	pw_casualty_close(&casualty);
	pw_io_close(&pidfd);
	return err;
}

/* As the first process of a pid namespace, where we may choose numbers. */
static int look_in_namespace(struct seen *seen, const struct pw_trial *trial)
{
	pid_t pid;
	int err;

	if (unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
		return errno == EINVAL ? -EOPNOTSUPP : -errno;
	pid = fork();
	if (pid == 0) {
		/* Its parent is outside, and has the number 0 here. */
		if (pw_task_bind_to_parent(0))
			_exit(1);
		seen->error = look(seen, trial);
		_exit(seen->error ? 1 : 0);
	}
	if (pid < 0)
		return -errno;
	err = pw_task_wait_exit(pid, 0);
	return seen->error ? seen->error : err;
}

static int report(struct pw_probe *probe, const struct seen *seen)
{
	return pw_probe_facts(probe, (const struct pw_found[]){
		{ "control_alive_errno", seen->alive_errno },
		{ "same_number", seen->same_number },
		{ "number_reaches_other", seen->number_errno == 0 },
		{ "number_errno", seen->number_errno },
		{ "pidfd_reaches_other", seen->pidfd_errno == 0 },
		{ "pidfd_errno", seen->pidfd_errno },
		{ "crashes", seen->crashes },
		{ NULL, 0 },
	});
}

static int is_refusal(int err)
{
	return err == -EPERM || err == -ENOSYS || err == -EOPNOTSUPP || err == -EINVAL || err == -ENOSPC ||
	       err == -EUSERS || err == -EACCES;
}

static int probe_pid(struct pw_probe *probe)
{
	struct seen *seen;
	int err = pw_casualty_host(probe);

	if (err)
		return err;
	seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (seen == MAP_FAILED)
		return -errno;
	err = look(seen, probe->trial);
	if (err == -EPERM)
		err = look_in_namespace(seen, probe->trial);
	if (is_refusal(err))
		/* A kernel before 5.5 takes no numbers: EINVAL. */
		err = pw_probe_refuse(probe, err == -EINVAL ? -EOPNOTSUPP : err, "no process may be given a number here: "
				      "it takes clone3 with set_tid, and root, CAP_CHECKPOINT_RESTORE or user namespaces");
	if (!err)
		err = report(probe, seen);
	munmap(seen, sizeof(*seen));
	return err;
}

const struct pw_wall pw_wall_leak_pid = {
	.name = "leak.pid",
	.probe = probe_pid,
};

const struct pw_wall pw_wall_leak_pidfd = {
	.name = "leak.pidfd",
	.probe = probe_pid,
};
