/* Two names of one namespace read the same. */
#include "namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "decimal.h"
#include "io.h"
#include "procfile.h"

const struct pw_namespace pw_namespaces[PW_NAMESPACES_COUNT] = {
	{ "ns/user", CLONE_NEWUSER },     { "ns/pid", CLONE_NEWPID }, { "ns/net", CLONE_NEWNET },
	{ "ns/mnt", CLONE_NEWNS },        { "ns/ipc", CLONE_NEWIPC }, { "ns/uts", CLONE_NEWUTS },
	{ "ns/cgroup", CLONE_NEWCGROUP }, { "ns/time", CLONE_NEWTIME },
};

int pw_namespaces_shared(pid_t pid, const struct pw_namespace *kind)
{
	char mine[PW_PROCFILE_PATH];
	char theirs[PW_PROCFILE_PATH];
	char path[PW_PROCFILE_PATH];
	ssize_t length;

	pw_procfile_path(path, getpid(), kind->file);
	length = readlink(path, mine, sizeof(mine));
	if (length < 0)
		return -errno;
	pw_procfile_path(path, pid, kind->file);
	if (readlink(path, theirs, sizeof(theirs)) != length)
		return 0;
	return memcmp(mine, theirs, (size_t)length) == 0;
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : pw_io_write_all(fd, text, strlen(text));

	pw_io_close(&fd);
	return err;
}

/* "ID ID 1": the same number inside as outside, the one that an ordinary user may map. */
static int map_own(const char *path, uint64_t number)
{
	char text[2 * PW_DECIMAL_MAX + 4];
	char *end = pw_decimal_write(text, number);

	*end++ = ' ';
	end = pw_decimal_write(end, number);
	memcpy(end, " 1", sizeof(" 1"));
	return write_text(path, text);
}

int pw_namespaces_enter_as_user(int flags)
{
	uint64_t user = geteuid();
	uint64_t group = getegid();
	int err;

	if (unshare(CLONE_NEWUSER | flags) < 0)
		return -errno;
	err = map_own("/proc/self/uid_map", user);
	if (!err)
		err = write_text("/proc/self/setgroups", "deny");
	return err ? err : map_own("/proc/self/gid_map", group);
}
