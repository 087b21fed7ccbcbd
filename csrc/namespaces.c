/* Two names of one namespace read the same. */
#include "namespaces.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

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
