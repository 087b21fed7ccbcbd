/*
 * A child in namespaces of its own.  One op is clone3 with the flags of the factor
 * namespace, a child in the new namespace or namespaces that calls _exit at once, and
 * waitpid for it; inside the timed region are their making and as much of their end as
 * the kernel does not leave for later, which for net it does.
 *
 * Before anything is timed the kernel is asked, once for each worker, whether a child
 * made so is in new namespaces of the kinds asked for and in no other.
 */
#include <fcntl.h>
#include <sched.h>
#include <string.h>

#include "child.h"
#include "clone3.h"
#include "procfile.h"
#include "setting.h"

/* clone3 takes it since Linux 6.3, stable kernels since March 2023; clone(2) has no room for it. */
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#define KINDS 8

struct namespace_state {
	struct pw_child child;
	uint64_t flags;
};

static const struct kind {
	const char *file;
	uint64_t flag;
} kinds[KINDS] = {
	{ "ns/user", CLONE_NEWUSER },     { "ns/pid", CLONE_NEWPID }, { "ns/net", CLONE_NEWNET },
	{ "ns/mnt", CLONE_NEWNS },        { "ns/ipc", CLONE_NEWIPC }, { "ns/uts", CLONE_NEWUTS },
	{ "ns/cgroup", CLONE_NEWCGROUP }, { "ns/time", CLONE_NEWTIME },
};
/* In the order of the table, then all of it. */
static const char *const words[KINDS + 2] = {
	"user", "pid", "net", "mnt", "ipc", "uts", "cgroup", "time", "all", NULL,
};

/* 1 if the two processes are in one namespace, 0 if in two. */
static int shared_with(pid_t pid, const char *file)
{
	char mine[PW_PROCFILE_PATH];
	char theirs[PW_PROCFILE_PATH];
	char path[PW_PROCFILE_PATH];
	ssize_t length;

	pw_procfile_path(path, getpid(), file);
	length = readlink(path, mine, sizeof(mine));
	if (length < 0)
		return -errno;
	pw_procfile_path(path, pid, file);
	if (readlink(path, theirs, sizeof(theirs)) != length)
		return 0;
	return memcmp(mine, theirs, (size_t)length) == 0;
}

static int in_new_ones(struct pw_child *child, pid_t pid)
{
	const struct namespace_state *s = (void *)child;

	for (size_t i = 0; i < KINDS; i++) {
		int wanted = (s->flags & kinds[i].flag) != 0;
		int shared = shared_with(pid, kinds[i].file);

		/* A kind that this kernel does not have can only be asked for in vain. */
		if (shared < 0 ? wanted : shared == wanted)
			return -EPROTO;
	}
	return 0;
}

static pid_t namespace_wait_create(struct pw_child *child, struct pw_birth birth)
{
	const struct namespace_state *s = (void *)child;
	pid_t pid = pw_clone3(s->flags, -1);

	if (pid == 0) {
		pw_child_begin(child, birth);
		pw_child_exit(child, birth);
	}
	/* So the kernel answers to a flag that it does not know. */
	return pid == -EINVAL ? -EOPNOTSUPP : pid;
}

static int namespace_wait_open(void *state, const struct pw_trial *trial)
{
	const struct pw_creation creation = {
		.create = namespace_wait_create, .inspect = in_new_ones, .readings = pw_child_exit_readings,
	};
	struct namespace_state *s = state;
	int kind = pw_setting_word(trial, "namespace", words);

	if (kind < 0)
		return kind;
	for (int i = 0; i < KINDS; i++)
		if (kind == KINDS || kind == i)
			s->flags |= kinds[i].flag;
	return pw_child_open(&s->child, trial, &creation);
}

static int namespace_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, namespace_wait_create);
}

const struct pw_primitive pw_namespace_wait = {
	.name = "namespace_wait",
	.state_size = sizeof(struct namespace_state),
	.open = namespace_wait_open,
	.drive = namespace_wait_drive,
	.close = pw_child_close,
	.readings = pw_child_exit_readings,
};
