/* What the supervisor of a victim does while that falls; never for longer than two seconds. */
#ifndef PW_WATCH_H
#define PW_WATCH_H

#include <sys/types.h>

#include "victim.h"

/*
 * For a process that will not end by itself: wait until its fault has had its effect, then
 * kill it, which leaves it to be reaped, with victim->subdued set.  0 too where there is
 * nothing to do, as the fault ends its process, or where the process has ended before.
 * `pid` need not be a child of the caller.  -ETIMEDOUT: no effect was seen, and it was killed.
 */
int pw_watch_subdue(struct pw_victim *victim, const struct pw_fault *fault, pid_t pid);

/*
 * For a thread that falls in process `pid` while that lives on: wait until the thread is gone.
 * 0 too where there is nothing to do, as the fault does not spare the process, or where the
 * process has ended.  -ETIMEDOUT: the thread is still there.
 */
int pw_watch_thread(const struct pw_victim *victim, const struct pw_fault *fault, pid_t pid);

#endif
