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

static int open_unlinked(const char *directory)
{
	static const char suffix[] = "/partywall-XXXXXX";
	char path[PW_PATH_MAX + sizeof(suffix)];
	size_t length = strlen(directory);
	int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	/* Not every file system can make a file that never had a name. */
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd < 0 ? -errno : fd;
	memcpy(path, directory, length);
	memcpy(path + length, suffix, sizeof(suffix));
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

static int file_message_open(void *state, const struct pw_trial *trial)
{
	struct file_state *s = state;
	int err = pw_message_open(&s->message, trial->message);

	s->fd = -1;
	if (err)
		return err;
	s->fd = open_unlinked(trial->directory);
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
