/*
 * clone3 into a cgroup and wait.  One op is clone3 with CLONE_INTO_CGROUP, a child that
 * calls _exit at once, and waitpid for it.  The cgroup is the one that the worker is in
 * already: the kernel looks it up, asks for permission and attaches the child as it does
 * for any other, and none has to be made, which a killed worker would leave behind.
 */
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

#include "child.h"
#include "clone3.h"
#include "io.h"

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef CGROUP2_SUPER_MAGIC
#define CGROUP2_SUPER_MAGIC 0x63677270
#endif

struct cgroup_state {
	struct pw_child child;
	int cgroup;
};

/* Where cgroup v2 is alone, and where it stands beside v1. */
static const char *find_mount(void)
{
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		struct statfs found;

		if (statfs(mounts[i], &found) == 0 && found.f_type == CGROUP2_SUPER_MAGIC)
			return mounts[i];
	}
	return NULL;
}

/* The line of v2 begins with a 0 and names no controllers. */
static char *find_own(char *text)
{
	static const char label[] = "0::";

	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, label, sizeof(label) - 1) == 0) {
			line += sizeof(label) - 1;
			line[strcspn(line, "\n")] = '\0';
			return line;
		}
	}
	return NULL;
}

static int open_own_cgroup(int *fd)
{
	char text[PW_PATH_MAX];
	char path[2 * PW_PATH_MAX];
	const char *mount = find_mount();
	const char *own;
	int err = pw_io_read_file("/proc/self/cgroup", text, sizeof(text));

	if (err)
		return err;
	own = find_own(text);
	if (!mount || !own)
		return -EOPNOTSUPP;
	memcpy(path, mount, strlen(mount));
	memcpy(path + strlen(mount), own, strlen(own) + 1);
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd >= 0)
		return 0;
	/* It may lie outside of what this mount shows. */
	return errno == ENOENT ? -EOPNOTSUPP : -errno;
}

static pid_t clone3_cgroup_wait_create(struct pw_child *child, struct pw_birth birth)
{
	struct cgroup_state *s = (void *)child;
	pid_t pid = pw_clone3(CLONE_INTO_CGROUP, s->cgroup);

	if (pid == 0) {
		pw_child_begin(child, birth);
		pw_child_exit(child, birth);
	}
	return pid;
}

static void clone3_cgroup_wait_close(void *state)
{
	struct cgroup_state *s = state;

	pw_io_close(&s->cgroup);
	pw_child_close(&s->child);
}

static int clone3_cgroup_wait_open(void *state, const struct pw_trial *trial)
{
	const struct pw_creation creation = {
		.create = clone3_cgroup_wait_create, .readings = pw_child_exit_readings,
	};
	struct cgroup_state *s = state;
	int err = open_own_cgroup(&s->cgroup);

	if (err)
		return err;
	err = pw_child_open(&s->child, trial, &creation);
	if (err)
		pw_io_close(&s->cgroup);
	return err;
}

static int clone3_cgroup_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, clone3_cgroup_wait_create);
}

const struct pw_primitive pw_clone3_cgroup_wait = {
	.name = "clone3_cgroup_wait",
	.state_size = sizeof(struct cgroup_state),
	.open = clone3_cgroup_wait_open,
	.drive = clone3_cgroup_wait_drive,
	.close = clone3_cgroup_wait_close,
	.readings = pw_child_exit_readings,
};
