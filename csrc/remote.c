/* Who the sides are to each other, and the two calls. */
#include "remote.h"

#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

int pw_remote_open(void *state, const struct pw_trial *trial)
{
	struct pw_remote *s = state;
	int err = pw_exchange_open(&s->exchange, trial, "message");

	if (!err)
		atomic_store(&s->pid[PW_DRIVER], (uint32_t)getpid());
	return err;
}

void pw_remote_close(void *state)
{
	struct pw_remote *s = state;

	pw_exchange_close(&s->exchange);
}

static pid_t pid_of(struct pw_remote *remote, enum pw_side side)
{
	return (pid_t)atomic_load_explicit(&remote->pid[side], memory_order_relaxed);
}

/* Yama lets a process reach its descendants; a child that is to reach its parent has to
 * be named by it.  Without Yama the call is not known, and nothing has to be said. */
static int admit(pid_t peer)
{
	if (peer == getpid())
		return 0;
	return prctl(PR_SET_PTRACER, (unsigned long)peer, 0, 0, 0) < 0 && errno != EINVAL ? -errno : 0;
}

int pw_remote_meet(struct pw_remote *remote, enum pw_side self)
{
	int err = 0;

	if (self == PW_PEER && !pid_of(remote, PW_PEER))
		return pw_futex_post(&remote->pid[PW_PEER], (uint32_t)getpid());
	if (self == PW_DRIVER && !remote->met) {
		err = pw_futex_wait_while(&remote->pid[PW_PEER], 0);
		if (!err)
			err = admit(pid_of(remote, PW_PEER));
		remote->met = !err;
	}
	return err;
}

static int whole(ssize_t copied, size_t size)
{
	if (copied < 0)
		return -errno;
	return (size_t)copied == size ? 0 : -EIO;
}

int pw_remote_fetch(struct pw_remote *remote, enum pw_side self)
{
	enum pw_side other = pw_side_other(self);
	struct iovec to = { remote->exchange.in[self], remote->exchange.size };
	struct iovec from = { remote->exchange.out[other], remote->exchange.size };

	return whole(process_vm_readv(pid_of(remote, other), &to, 1, &from, 1, 0), remote->exchange.size);
}

int pw_remote_store(struct pw_remote *remote, enum pw_side self)
{
	enum pw_side other = pw_side_other(self);
	struct iovec from = { remote->exchange.out[self], remote->exchange.size };
	struct iovec to = { remote->exchange.in[other], remote->exchange.size };

	return whole(process_vm_writev(pid_of(remote, other), &from, 1, &to, 1, 0), remote->exchange.size);
}
