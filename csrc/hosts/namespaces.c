/*
 * A child in namespaces of its own: user, pid, mount, net, ipc and uts.
 *
 * The first process of a pid namespace ignores every signal that it raises at itself, abort() too;
 * only a real fault of the CPU kills it.  So an idle process is the first one, and each victim is
 * a later one: a helper that has joined the namespaces makes it as a sibling of itself, so that it
 * is our child, and ends.
 */
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clone3.h"
#include "crash.h"
#include "io.h"
#include "namespaces.h"
#include "task.h"

#define KINDS (CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

/* Its parent is outside, and so has no number there. */
#define PARENT_OUTSIDE 0

_Noreturn static void idle(void)
{
	pw_task_reset_signals();
	if (pw_task_bind_to_parent(PARENT_OUTSIDE))
		_exit(1);
	for (;;)
		pause();
}

static int open_host(struct pw_crash *crash)
{
	struct pw_lodging *lodging = &crash->lodging;

	lodging->init_fd = -1;
	lodging->namespaces = KINDS | CLONE_NEWUSER;
	lodging->init = pw_clone3(lodging->namespaces, -1);
	/* Root needs no user namespace for the others, and may be forbidden to make one. */
	if (lodging->init < 0) {
		lodging->namespaces = KINDS;
		lodging->init = pw_clone3(lodging->namespaces, -1);
	}
	if (lodging->init == 0)
		idle();
	if (lodging->init < 0) {
		int err = lodging->init == -EINVAL ? -EOPNOTSUPP : lodging->init;

		lodging->init = 0;
		return pw_probe_refuse(crash->probe, err,
				       "no namespaces can be made: it takes root, or user namespaces "
				       "(user.max_user_namespaces above 0, and no policy against them)");
	}
	lodging->init_fd = (int)syscall(SYS_pidfd_open, lodging->init, 0);
	return lodging->init_fd < 0 ? -errno : 0;
}

_Noreturn static void help(struct pw_crash *crash, void (*body)(struct pw_crash *crash))
{
	struct pw_faller *faller = crash->faller;
	pid_t pid;

	if (setns(crash->lodging.init_fd, (int)crash->lodging.namespaces) < 0) {
		faller->made = -errno;
		_exit(1);
	}
	pid = pw_clone3(CLONE_PARENT, -1);
	if (pid == 0)
		body(crash);
	faller->made = pid;
	_exit(pid < 0);
}

static pid_t create(struct pw_crash *crash, void (*body)(struct pw_crash *crash))
{
	struct pw_faller *faller = crash->faller;
	pid_t helper;
	int err;

	faller->parent = PARENT_OUTSIDE;
	faller->made = 0;
	helper = fork();
	if (helper == 0)
		help(crash, body);
	if (helper < 0)
		return -errno;
	err = pw_task_wait_exit(helper, 0);
	if (!err || faller->made)
		return faller->made;
	return err;
}

static int inspect(struct pw_crash *crash, pid_t pid)
{
	int64_t wanted = 0;
	int64_t fresh = 0;

	for (size_t i = 0; i < PW_NAMESPACES_COUNT; i++) {
		int asked = (crash->lodging.namespaces & pw_namespaces[i].flag) != 0;

		wanted += asked;
		fresh += asked && pw_namespaces_shared(pid, &pw_namespaces[i]) == 0;
	}
	/* It has said its own number, and been seen by us under another. */
	crash->faller->confined = fresh == wanted && crash->faller->pid != pid;
	return pw_probe_facts(crash->probe, (const struct pw_found[]){
		{ "namespaces", wanted },
		{ "namespaces_entered", fresh },
		{ "pid_in_namespace", crash->faller->pid },
		{ NULL, 0 },
	});
}

static int close_host(struct pw_crash *crash)
{
	struct pw_lodging *lodging = &crash->lodging;
	int status;
	int err = 0;

	if (lodging->init) {
		kill(lodging->init, SIGKILL);
		err = pw_task_wait(lodging->init, &status);
	}
	lodging->init = 0;
	if (lodging->namespaces)
		pw_io_close(&lodging->init_fd);
	return err;
}

const struct pw_host pw_host_namespaces = {
	.name = "namespaces", .open = open_host, .create = create, .inspect = inspect, .close = close_host,
};
