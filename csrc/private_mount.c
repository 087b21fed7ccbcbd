/* Nobody else sees the mount, so nobody can keep it. */
#include "private_mount.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "namespaces.h"

static int enter_namespaces(void)
{
	if (unshare(CLONE_NEWNS) == 0)
		return 0;
	return pw_namespaces_enter_as_user(CLONE_NEWNS);
}

int pw_private_mount_enter(const char *directory)
{
	int err = enter_namespaces();

	if (err)
		return err;
	/* What is mounted here must not be seen where the mount came from. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	if (mount("partywall", directory, "tmpfs", MS_NODEV | MS_NOSUID | MS_NOEXEC, "mode=0700") < 0)
		return -errno;
	return chdir(directory) < 0 ? -errno : 0;
}
