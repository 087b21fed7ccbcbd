/*
 * System V objects live until somebody removes them, and to remove one is to make it
 * unusable: there is no unlinking at once as with a file.  A private namespace is the
 * only owner that ends with its processes, however they end.
 */
#include "ipc.h"

#include <errno.h>
#include <sched.h>

int pw_ipc_isolate(void)
{
	if (unshare(CLONE_NEWIPC) == 0)
		return 0;
	/* Who has no privileges has them inside a user namespace, where those are allowed. */
	if (errno == EPERM && unshare(CLONE_NEWUSER | CLONE_NEWIPC) == 0)
		return 0;
	return errno == EINVAL ? -EOPNOTSUPP : -errno;
}
