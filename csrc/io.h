/* The one place where EINTR and short transfers are handled. */
#ifndef PW_IO_H
#define PW_IO_H

#include <stddef.h>

/* Transfer all `size` bytes.  0, negative errno, or -EPIPE on an early end. */
int pw_io_read_all(int fd, void *buffer, size_t size);
int pw_io_write_all(int fd, const void *buffer, size_t size);

/* Read the head of a file as a string of at most size - 1 characters. */
int pw_io_read_file(const char *path, char *text, size_t size);

/* Open a file in `directory` that has no name.  The descriptor, or negative errno. */
int pw_io_temporary(const char *directory);

/* "partywall-" and digits that nobody else has drawn, ended by a zero. */
#define PW_IO_NAME_SIZE 27
int pw_io_fresh_name(char name[PW_IO_NAME_SIZE]);

/* The same file under a number above those of standard input, output and error; closes `fd`. */
int pw_io_lift(int fd);

/* Close and forget; a negative descriptor is left alone. */
void pw_io_close(int *fd);

#endif
