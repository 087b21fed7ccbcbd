/* What the kernel says of a process in /proc. */
#ifndef PW_PROCFILE_H
#define PW_PROCFILE_H

#include <stdint.h>
#include <sys/types.h>

#define PW_PROCFILE_PATH 64

/* "/proc/PID/NAME"; a name of at most 24 characters. */
void pw_procfile_path(char path[PW_PROCFILE_PATH], pid_t pid, const char *name);
/* The number behind "LABEL:" in a file of such lines, or negative errno: -ENODATA if no
 * line begins so. */
int64_t pw_procfile_number(const char *path, const char *label);
/* When that process began, in ticks since the machine did, or negative errno. */
int64_t pw_procfile_start(pid_t pid);

#endif
