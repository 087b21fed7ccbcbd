/* Whole reads and writes. */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "partywall.h"

int pw_io_read_all(int fd, void *buffer, size_t size)
{
	char *at = buffer;

	while (size) {
		ssize_t got = read(fd, at, size);

		if (got > 0) {
			at += got;
			size -= (size_t)got;
		} else if (got == 0) {
			return -EPIPE;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int pw_io_write_all(int fd, const void *buffer, size_t size)
{
	const char *at = buffer;

	while (size) {
		ssize_t put = write(fd, at, size);

		if (put >= 0) {
			at += put;
			size -= (size_t)put;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int pw_io_read_file(const char *path, char *text, size_t size)
{
	size_t length = 0;
	int err = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	while (length < size - 1) {
		ssize_t got = read(fd, text + length, size - 1 - length);

		if (got == 0)
			break;
		if (got > 0) {
			length += (size_t)got;
		} else if (errno != EINTR) {
			err = -errno;
			break;
		}
	}
	text[length] = '\0';
	pw_io_close(&fd);
	return err;
}

void pw_io_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int pw_io_fresh_name(char name[PW_IO_NAME_SIZE])
{
	static const char prefix[] = "partywall-";
	static const char digits[] = "0123456789abcdef";
	unsigned char random[(PW_IO_NAME_SIZE - sizeof(prefix)) / 2];
	char *at = name + sizeof(prefix) - 1;

	/* So few bytes come whole, or not at all. */
	if (getrandom(random, sizeof(random), 0) < 0)
		return -errno;
	memcpy(name, prefix, sizeof(prefix));
	for (size_t i = 0; i < sizeof(random); i++) {
		*at++ = digits[random[i] >> 4];
		*at++ = digits[random[i] & 15];
	}
	*at = '\0';
	return 0;
}

int pw_io_temporary(const char *directory)
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

int pw_io_lift(int fd)
{
	int lifted;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	lifted = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (lifted < 0)
		lifted = -errno;
	close(fd);
	return lifted;
}
