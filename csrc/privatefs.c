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
#include "namespaces.h"

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

int pw_privatefs_open(unsigned int megabytes)
{
	char size[PW_DECIMAL_MAX + 1];
	int fd;

	memcpy(pw_decimal_write(size, megabytes), "m", 2);
	fd = make(size);
	if (fd != -EPERM)
		return fd;
	fd = pw_namespaces_enter_as_user(CLONE_NEWNS);
	return fd ? fd : make(size);
}
