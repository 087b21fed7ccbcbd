/* A directory of this process's own that is gone with it, files and all, however it ends. */
#ifndef PW_PRIVATE_MOUNT_H
#define PW_PRIVATE_MOUNT_H

/*
 * Go to an empty file system in memory that is mounted on `directory`, in a mount namespace of our
 * own.  Async-signal-safe.  Without the right to mount it takes a user namespace, in which this
 * process keeps its user and group.
 */
int pw_private_mount_enter(const char *directory);

#endif
