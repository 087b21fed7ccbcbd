/*
 * A process in one new namespace of every kind, with an empty root, in a cgroup with limits.
 *
 * Into a cgroup of v2 it is born; into those of v1 it moves itself, through files that its parent
 * has opened: of its own right it may no longer.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "clone3.h"
#include "confinement.h"
#include "io.h"
#include "namespaces.h"
#include "procfile.h"

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif

/* A directory that every system has. */
#define PLACE "/tmp"

static int open_entrance(const struct pw_cgroup *cgroup, uint32_t hierarchy)
{
	char path[PW_PATH_MAX];
	int err;
	int fd;

	if (cgroup->version == 2) {
		fd = open(cgroup->path[hierarchy], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	} else {
		err = pw_cgroup_path(path, cgroup->path[hierarchy], "cgroup.procs");
		if (err)
			return err;
		fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	/* A guest puts pipes in the places of the standard descriptors. */
	return fd < 0 ? -errno : pw_io_lift(fd);
}

static int open_container(struct pw_confinement *confinement, const struct pw_confinement_wish *wish, const char **why)
{
	struct pw_cgroup *cgroup = &confinement->cgroup;
	int err = pw_cgroup_open(cgroup, wish->bytes, wish->tasks, why);

	for (uint32_t i = 0; !err && i < cgroup->count; i++) {
		confinement->entrance[i] = open_entrance(cgroup, i);
		err = confinement->entrance[i] < 0 ? confinement->entrance[i] : 0;
	}
	return err;
}

static uint64_t every_kind(void)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < PW_NAMESPACES_COUNT; i++)
		flags |= pw_namespaces[i].flag;
	return flags;
}

static pid_t create(const struct pw_confinement *confinement)
{
	pid_t pid = confinement->cgroup.version == 2
		? pw_clone3(every_kind() | CLONE_INTO_CGROUP, confinement->entrance[0])
		: pw_clone3(every_kind(), -1);

	/* So the kernel answers to a flag that it does not know. */
	return pid == -EINVAL ? -EOPNOTSUPP : pid;
}

/* The old root is the one below the new, and goes from there. */
static int empty_root(void)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("partywall", PLACE, "tmpfs", MS_NODEV | MS_NOSUID | MS_NOEXEC, "mode=0700") < 0 ||
	    chdir(PLACE) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
	    chdir("/") < 0)
		return -errno;
	return 0;
}

static int enter(const struct pw_confinement *confinement)
{
	const struct pw_cgroup *cgroup = &confinement->cgroup;

	for (uint32_t i = 0; cgroup->version == 1 && i < cgroup->count; i++)
		if (write(confinement->entrance[i], "0", 1) < 0)
			return -errno;
	return empty_root();
}

static int has_other_root(pid_t pid)
{
	char path[PW_PROCFILE_PATH];
	struct stat theirs;
	struct stat ours;

	pw_procfile_path(path, pid, "root/");
	return stat(path, &theirs) == 0 && stat("/", &ours) == 0 && theirs.st_dev != ours.st_dev;
}

static int holds(const struct pw_confinement *confinement, pid_t pid)
{
	for (size_t i = 0; i < PW_NAMESPACES_COUNT; i++)
		if (pw_namespaces_shared(pid, &pw_namespaces[i]) != 0)
			return 0;
	return pw_cgroup_holds(&confinement->cgroup, pid) && has_other_root(pid);
}

static int close_container(struct pw_confinement *confinement)
{
	return pw_cgroup_close(&confinement->cgroup);
}

const struct pw_confinement_kind pw_confinement_container = {
	.name = "container",
	.forbidden = "no container can be made: it takes user namespaces (user.max_user_namespaces above 0, and no policy "
		     "against them)",
	.open = open_container, .create = create, .enter = enter, .holds = holds, .close = close_container,
};
