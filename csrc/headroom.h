/* How much memory may be taken without anybody else being in want of it. */
#ifndef PW_HEADROOM_H
#define PW_HEADROOM_H

#include <stdint.h>

/* Bytes: MemAvailable, or less where a memory cgroup of this process leaves less.  Negative errno. */
int64_t pw_headroom(void);

#endif
