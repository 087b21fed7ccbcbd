/*
 * A message through a System V message queue.  One op sends a message of n bytes to the
 * peer and gets it back through a second queue; inside the timed region each side makes
 * one msgsnd and one blocking msgrcv.  The queues are in an IPC namespace of the worker's
 * own and end with it.  A message larger than such a namespace takes (8192 bytes, unless
 * the kernel was built otherwise) is refused with EMSGSIZE.
 */
#include <errno.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "channel.h"
#include "ipc.h"
#include "setting.h"

/* The type that precedes the bytes of a message; any will do. */
static const long type = 1;

static int check_size(size_t size)
{
	struct msginfo info;

	if (msgctl(0, IPC_INFO, (struct msqid_ds *)(void *)&info) < 0)
		return -errno;
	/* A message larger than a queue would wait for ever. */
	return size > (size_t)info.msgmax || size > (size_t)info.msgmnb ? -EMSGSIZE : 0;
}

static int open_queue(int *in, int *out)
{
	*in = *out = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	return *in < 0 ? -errno : 0;
}

/* Not descriptors: nobody but this function may close them. */
static void sysv_mq_message_close(void *state)
{
	struct pw_channel *channel = state;

	if (channel->peer.in >= 0)
		msgctl(channel->peer.in, IPC_RMID, NULL);
	if (channel->driver.in >= 0)
		msgctl(channel->driver.in, IPC_RMID, NULL);
	channel->driver.in = channel->driver.out = channel->peer.in = channel->peer.out = -1;
	pw_channel_close(channel);
}

static int sysv_mq_message_open(void *state, const struct pw_trial *trial)
{
	struct pw_channel *channel = state;
	size_t size = pw_setting_number(trial, "message", 0);
	int err = size ? pw_ipc_isolate() : -EINVAL;

	if (!err)
		err = check_size(size);
	if (!err)
		err = pw_channel_allocate(channel, sizeof(type) + size);
	if (err)
		return err;
	memcpy(channel->driver.message.sent, &type, sizeof(type));
	err = open_queue(&channel->peer.in, &channel->driver.out);
	if (!err)
		err = open_queue(&channel->driver.in, &channel->peer.out);
	if (err)
		sysv_mq_message_close(state);
	return err;
}

static int put(int queue, const void *message, size_t size)
{
	while (msgsnd(queue, message, size - sizeof(type), 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int take(int queue, void *message, size_t size)
{
	ssize_t got;

	do
		got = msgrcv(queue, message, size - sizeof(type), 0, 0);
	while (got < 0 && errno == EINTR);
	return got == (ssize_t)(size - sizeof(type)) ? 0 : got < 0 ? -errno : -EBADMSG;
}

static int sysv_mq_message_drive(void *state, uint64_t ops)
{
	return pw_channel_drive_by(state, ops, put, take);
}

static int sysv_mq_message_serve(void *state, uint64_t ops)
{
	return pw_channel_serve_by(state, ops, put, take);
}

const struct pw_primitive pw_sysv_mq_message = {
	.name = "sysv_mq_message",
	.state_size = sizeof(struct pw_channel),
	.open = sysv_mq_message_open,
	.drive = sysv_mq_message_drive,
	.serve = sysv_mq_message_serve,
	.close = sysv_mq_message_close,
	.readings = pw_channel_readings,
};
