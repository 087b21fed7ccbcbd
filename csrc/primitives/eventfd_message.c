/*
 * A number through an eventfd.  One op adds a number to the peer's counter, which takes
 * it and adds it to the driver's; inside the timed region each side makes one write and
 * one blocking read of eight bytes, the only size there is.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>

#include "channel.h"
#include "io.h"

static int connect_eventfds(struct pw_channel *channel, const struct pw_trial *trial)
{
	int request = eventfd(0, EFD_CLOEXEC);
	int reply = request < 0 ? -1 : eventfd(0, EFD_CLOEXEC);

	(void)trial;
	if (reply < 0) {
		int err = -errno;

		pw_io_close(&request);
		return err;
	}
	channel->driver.out = channel->peer.in = request;
	channel->peer.out = channel->driver.in = reply;
	return 0;
}

static int eventfd_message_open(void *state, const struct pw_trial *trial)
{
	return pw_channel_open(state, trial, sizeof(uint64_t), connect_eventfds);
}

static void eventfd_message_close(void *state)
{
	struct pw_channel *channel = state;

	/* Both ends have the same two. */
	channel->peer.in = channel->peer.out = -1;
	pw_channel_close(channel);
}

const struct pw_primitive pw_eventfd_message = {
	.name = "eventfd_message",
	.state_size = sizeof(struct pw_channel),
	.open = eventfd_message_open,
	.drive = pw_channel_drive,
	.serve = pw_channel_serve,
	.close = eventfd_message_close,
	.readings = pw_channel_readings,
};
