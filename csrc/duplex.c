/* Opening and closing of the two pipes. */
#include "duplex.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "io.h"

int pw_duplex_open(struct pw_duplex *duplex)
{
	*duplex = (struct pw_duplex){ { -1, -1 }, { -1, -1 } };
	if (pipe2(duplex->request, O_CLOEXEC) < 0 || pipe2(duplex->reply, O_CLOEXEC) < 0) {
		int err = -errno;

		pw_duplex_close(duplex);
		return err;
	}
	return 0;
}

void pw_duplex_close(struct pw_duplex *duplex)
{
	for (int i = 0; i < 2; i++) {
		pw_io_close(&duplex->request[i]);
		pw_io_close(&duplex->reply[i]);
	}
}
