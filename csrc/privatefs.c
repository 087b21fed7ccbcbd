/* fsopen(2) and fsmount(2) make a mount without a place: Linux 5.2. */
#include "privatefs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "decimal.h"
#include "io.h"

/* As in linux/mount.h, which cannot stand beside sys/mount.h of older C libraries. */
#define OPEN_CLOEXEC 1U
#define SET_STRING 1U
#define CREATE 6U

static int make(const char *size)
{
	int context = (int)syscall(SYS_fsopen, "tmpfs", OPEN_CLOEXEC);
	int mount = -1;
	int err = context < 0 ? -errno : 0;

	if (err)
		return err;
	if (syscall(SYS_fsconfig, context, SET_STRING, "size", size, 0) < 0 ||
	    syscall(SYS_fsconfig, context, CREATE, NULL, NULL, 0) < 0)
		err = -errno;
	if (!err) {
		mount = (int)syscall(SYS_fsmount, context, OPEN_CLOEXEC, 0);
		err = mount < 0 ? -errno : 0;
	}
	pw_io_close(&context);
	return err ? err : mount;
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = fd < 0 ? -errno : pw_io_write_all(fd, text, strlen(text));

	pw_io_close(&fd);
	return err;
}

/* "ID ID 1": the one identity that an ordinary user may map. */
static int map_identity(const char *path, uint64_t id)
{
	char text[2 * PW_DECIMAL_MAX + 4];
	char *end = pw_decimal_write(text, id);

	*end++ = ' ';
	end = pw_decimal_write(end, id);
	memcpy(end, " 1", 3);
	return write_text(path, text);
}

/* Files can be made only by who is somebody in the new user namespace. */
static int enter_namespaces(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	int err;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -errno;
	err = map_identity("/proc/self/uid_map", uid);
	if (!err)
		err = write_text("/proc/self/setgroups", "deny");
	return err ? err : map_identity("/proc/self/gid_map", gid);
}

int pw_privatefs_open(unsigned int megabytes)
{
	char size[PW_DECIMAL_MAX + 1];
	int fd;

	memcpy(pw_decimal_write(size, megabytes), "m", 2);
	fd = make(size);
	if (fd != -EPERM)
		return fd;
	fd = enter_namespaces();
	return fd ? fd : make(size);
}
