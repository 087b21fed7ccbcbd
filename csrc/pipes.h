/* Two pipes, one to a task and one from it. */
#ifndef PW_PIPES_H
#define PW_PIPES_H

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "io.h"

struct pw_pipes {
	int to[2];
	int from[2];
};

#define PW_NO_PIPES { { -1, -1 }, { -1, -1 } }

static inline void pw_pipes_close(struct pw_pipes *pipes)
{
	for (int i = 0; i < 2; i++) {
		pw_io_close(&pipes->to[i]);
		pw_io_close(&pipes->from[i]);
	}
}

/* `from` takes the flags too; O_CLOEXEC both have.  0 or negative errno: close them then as well. */
static inline int pw_pipes_open(struct pw_pipes *pipes, int from)
{
	*pipes = (struct pw_pipes)PW_NO_PIPES;
	if (pipe2(pipes->to, O_CLOEXEC) < 0 || pipe2(pipes->from, O_CLOEXEC | from) < 0)
		return -errno;
	return 0;
}

#endif
