/* A Landlock ruleset for the calling thread. */
#ifndef PW_LANDLOCK_H
#define PW_LANDLOCK_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* As documented; <linux/landlock.h> may be missing.  The numbers are the same on every
 * architecture but alpha. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif
#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self 446
#endif
#define PW_LANDLOCK_READ_DIR (1ULL << 3)
/* All that the first version of the ABI knows, and all of it but to execute and to read files. */
#define PW_LANDLOCK_EVERYTHING ((1ULL << 13) - 1)
#define PW_LANDLOCK_ALL_BUT_READ (PW_LANDLOCK_EVERYTHING & ~(1ULL << 0 | 1ULL << 2))

#define PW_LANDLOCK_LACKING "no Landlock here: it takes Linux 5.13 with landlock among its lsm= modules"
#define PW_LANDLOCK_ASK_VERSION 1U

/* 0 if there is Landlock, or negative errno. */
static inline int pw_landlock_available(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, PW_LANDLOCK_ASK_VERSION) < 0 ? -errno : 0;
}

/* Give up new privileges, and every access to files that is in `handled`. */
static inline int pw_landlock_restrict(uint64_t handled)
{
	/* The part of it that every version of the ABI knows. */
	const struct { uint64_t handled_access_fs; } attr = { .handled_access_fs = handled };
	int err = 0;
	int fd;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (fd < 0)
		return -errno;
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* 1 where this thread is kept from reading directories. */
static inline int pw_landlock_is_restricted(void)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EACCES;
}

#endif
