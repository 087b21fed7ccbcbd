/* Nobody else sees the mount, so nobody can keep it. */
#include "private_mount.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "decimal.h"
#include "io.h"

#define MAP_MAX (2 * PW_DECIMAL_MAX + 8)

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = pw_io_write_all(fd, text, strlen(text));
	pw_io_close(&fd);
	return err;
}

/* "ID ID 1": the one that we have outside is the one inside. */
static int write_map(const char *path, uint64_t id)
{
	char text[MAP_MAX];
	char *at = pw_decimal_write(text, id);

	*at++ = ' ';
	at = pw_decimal_write(at, id);
	memcpy(at, " 1", sizeof(" 1"));
	return write_file(path, text);
}

static int enter_namespaces(void)
{
	uint64_t user = geteuid();
	uint64_t group = getegid();
	int err;

	if (unshare(CLONE_NEWNS) == 0)
		return 0;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	err = write_map("/proc/self/uid_map", user);
	if (!err)
		err = write_file("/proc/self/setgroups", "deny");
	return err ? err : write_map("/proc/self/gid_map", group);
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
