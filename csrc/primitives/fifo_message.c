/*
 * A message through a named pipe.  One op sends a message of n bytes to the peer
 * and gets it back through a second one; inside the timed region each side makes at
 * least one write and one blocking read.  Once it is open a named pipe is a pipe:
 * what can differ is the look-up of its inode's file system.  The names are gone
 * before the peer starts.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel.h"
#include "io.h"

static int open_ends(const char *path, int *in, int *out)
{
	int err = 0;

	/* Without O_NONBLOCK each end would wait here for the other. */
	*in = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (*in >= 0)
		*out = open(path, O_WRONLY | O_CLOEXEC);
	if (*in < 0 || *out < 0 || fcntl(*in, F_SETFL, 0) < 0)
		err = -errno;
	return err;
}

static int open_fifo(const char *directory, int *in, int *out)
{
	char path[PW_PATH_MAX + PW_IO_NAME_SIZE];
	size_t length = strlen(directory);
	int err;

	memcpy(path, directory, length);
	path[length] = '/';
	err = pw_io_fresh_name(path + length + 1);
	if (err)
		return err;
	if (mkfifo(path, 0600) < 0)
		return -errno;
	err = open_ends(path, in, out);
	unlink(path);
	return err;
}

static int connect_fifos(struct pw_channel *channel, const struct pw_trial *trial)
{
	int err = open_fifo(trial->directory, &channel->peer.in, &channel->driver.out);

	return err ? err : open_fifo(trial->directory, &channel->driver.in, &channel->peer.out);
}

static int fifo_message_open(void *state, const struct pw_trial *trial)
{
	return pw_channel_open_message(state, trial, connect_fifos);
}

const struct pw_primitive pw_fifo_message = {
	.name = "fifo_message",
	.state_size = sizeof(struct pw_channel),
	.open = fifo_message_open,
	.drive = pw_channel_drive,
	.serve = pw_channel_serve,
	.close = pw_channel_close,
	.readings = pw_channel_readings,
};
