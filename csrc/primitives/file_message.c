/*
 * A message through a file.  One op writes n bytes at the start of an unlinked
 * file and reads them back, both through the page cache; inside the timed region
 * are one pwrite and one pread.  One party: who waits for whom is not part of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "message.h"
#include "primitive.h"

struct file_state {
	struct pw_message message;
	int fd;
};

static int file_message_open(void *state, const struct pw_trial *trial)
{
	struct file_state *s = state;
	int err = pw_message_open(&s->message, trial);

	s->fd = -1;
	if (err)
		return err;
	s->fd = pw_io_temporary(trial->directory);
	if (s->fd < 0) {
		pw_message_close(&s->message);
		return s->fd;
	}
	return 0;
}

static int file_message_drive(void *state, uint64_t ops)
{
	struct file_state *s = state;
	const size_t size = s->message.size;

	while (ops--) {
		ssize_t put = pwrite(s->fd, s->message.sent, size, 0);
		ssize_t got;

		if (put != (ssize_t)size)
			return put < 0 ? -errno : -ENOSPC;
		got = pread(s->fd, s->message.received, size, 0);
		if (got != (ssize_t)size)
			return got < 0 ? -errno : -EIO;
	}
	return 0;
}

static void file_message_close(void *state)
{
	struct file_state *s = state;

	pw_io_close(&s->fd);
	pw_message_close(&s->message);
}

const struct pw_primitive pw_file_message = {
	.name = "file_message",
	.state_size = sizeof(struct file_state),
	.open = file_message_open,
	.drive = file_message_drive,
	.close = file_message_close,
};
