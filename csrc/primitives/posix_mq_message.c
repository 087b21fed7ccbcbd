/*
 * A message through a POSIX message queue.  One op sends a message of n bytes to the
 * peer and gets it back through a second queue; inside the timed region each side makes
 * one mq_send and one blocking mq_receive.  The queues hold one message, and their names
 * are gone before the peer starts.  A message larger than the kernel lets a queue's
 * messages be, or than RLIMIT_MSGQUEUE has room for, is refused with EMSGSIZE.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <sys/resource.h>

#include "channel.h"
#include "io.h"

static int refusal(int error, size_t size)
{
	struct rlimit limit;

	/* Nothing but the size of a message can be wrong with the attributes. */
	if (error == EINVAL)
		return -EMSGSIZE;
	/* What this user's other queues hold is counted as well. */
	if (error == EMFILE && getrlimit(RLIMIT_MSGQUEUE, &limit) == 0 && 2 * size > limit.rlim_cur)
		return -EMSGSIZE;
	return -error;
}

/* A descriptor for each end, so that each can close its own. */
static int open_queue(size_t size, int *in, int *out)
{
	struct mq_attr attributes = { .mq_maxmsg = 1, .mq_msgsize = (long)size };
	char name[1 + PW_IO_NAME_SIZE] = "/";
	int err = pw_io_fresh_name(name + 1);

	if (err)
		return err;
	*in = mq_open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600, &attributes);
	if (*in < 0)
		return refusal(errno, size);
	*out = fcntl(*in, F_DUPFD_CLOEXEC, 0);
	err = *out < 0 ? -errno : 0;
	mq_unlink(name);
	return err;
}

static int connect_queues(struct pw_channel *channel, const struct pw_trial *trial)
{
	size_t size = channel->driver.message.size;
	int err;

	(void)trial;
	/* Where it is allowed, in a namespace that ends with this process: then not even a
	 * kill before mq_unlink leaves a name.  Elsewhere that moment is a few microseconds. */
	(void)unshare(CLONE_NEWIPC);
	err = open_queue(size, &channel->peer.in, &channel->driver.out);
	return err ? err : open_queue(size, &channel->driver.in, &channel->peer.out);
}

static int put(int queue, const void *message, size_t size)
{
	while (mq_send(queue, message, size, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int take(int queue, void *message, size_t size)
{
	ssize_t got;

	do
		got = mq_receive(queue, message, size, NULL);
	while (got < 0 && errno == EINTR);
	return got == (ssize_t)size ? 0 : got < 0 ? -errno : -EBADMSG;
}

static int posix_mq_message_open(void *state, const struct pw_trial *trial)
{
	return pw_channel_open_message(state, trial, connect_queues);
}

static int posix_mq_message_drive(void *state, uint64_t ops)
{
	return pw_channel_drive_by(state, ops, put, take);
}

static int posix_mq_message_serve(void *state, uint64_t ops)
{
	return pw_channel_serve_by(state, ops, put, take);
}

const struct pw_primitive pw_posix_mq_message = {
	.name = "posix_mq_message",
	.state_size = sizeof(struct pw_channel),
	.open = posix_mq_message_open,
	.drive = posix_mq_message_drive,
	.serve = posix_mq_message_serve,
	.close = pw_channel_close,
	.readings = pw_channel_readings,
};
