/* Two writes and two reads a round trip, whoever makes them. */
#include "baton.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io.h"

/* An eventfd takes no other length, and gives back the sum of what was written. */
#define EVENTFD_SIZE sizeof(uint64_t)

enum end { READ, WRITE };

static void clear(struct pw_baton *baton, size_t size)
{
	*baton = (struct pw_baton){ .size = size };
	memset(&baton->token, 1, size);
}

/* Each of the two leads from its end 1 to its end 0. */
static int opened(struct pw_baton *baton, int failed, const int *request, const int *reply)
{
	int err = failed ? -errno : 0;

	baton->driver[READ] = reply[READ];
	baton->driver[WRITE] = request[WRITE];
	baton->peer[READ] = request[READ];
	baton->peer[WRITE] = reply[WRITE];
	if (err)
		pw_baton_close(baton);
	return err;
}

int pw_baton_open_pipes(struct pw_baton *baton)
{
	int request[2] = { -1, -1 };
	int reply[2] = { -1, -1 };
	int failed;

	clear(baton, 1);
	failed = pipe2(request, O_CLOEXEC) < 0 || pipe2(reply, O_CLOEXEC) < 0;
	return opened(baton, failed, request, reply);
}

int pw_baton_open_eventfds(struct pw_baton *baton)
{
	int request = eventfd(0, EFD_CLOEXEC);
	int reply = request < 0 ? -1 : eventfd(0, EFD_CLOEXEC);

	clear(baton, EVENTFD_SIZE);
	return opened(baton, reply < 0, (const int[]){ request, request }, (const int[]){ reply, reply });
}

/* One pair each way.  A pair used both ways would wake its sleeper twice: when what it sent
 * is read, since there is room to write again, and when the answer comes. */
int pw_baton_open_sockets(struct pw_baton *baton)
{
	int request[2] = { -1, -1 };
	int reply[2] = { -1, -1 };
	int failed;

	clear(baton, 1);
	failed = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, request) < 0 ||
		 socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, reply) < 0;
	return opened(baton, failed, request, reply);
}

void pw_baton_close(void *state)
{
	struct pw_baton *baton = state;

	/* Both ends of an eventfd are one descriptor. */
	if (baton->peer[READ] != baton->driver[WRITE])
		pw_io_close(&baton->peer[READ]);
	if (baton->peer[WRITE] != baton->driver[READ])
		pw_io_close(&baton->peer[WRITE]);
	pw_io_close(&baton->driver[READ]);
	pw_io_close(&baton->driver[WRITE]);
}

static int put(const struct pw_baton *baton, int fd)
{
	return pw_io_write_all(fd, &baton->token, baton->size);
}

static int get(const struct pw_baton *baton, int fd)
{
	uint64_t token = 0;
	int err = pw_io_read_all(fd, &token, baton->size);

	return err ? err : token == baton->token ? 0 : -EPROTO;
}

int pw_baton_drive(void *state, uint64_t ops)
{
	const struct pw_baton *baton = state;
	int err = 0;

	while (!err && ops--) {
		err = put(baton, baton->driver[WRITE]);
		if (!err)
			err = get(baton, baton->driver[READ]);
	}
	return err;
}

int pw_baton_serve(void *state, uint64_t ops)
{
	const struct pw_baton *baton = state;
	int err = 0;

	while (!err && ops--) {
		err = get(baton, baton->peer[READ]);
		if (!err)
			err = put(baton, baton->peer[WRITE]);
	}
	return err;
}

int pw_baton_drive_alone(void *state, uint64_t ops)
{
	const struct pw_baton *baton = state;
	int err = 0;

	while (!err && ops--) {
		err = put(baton, baton->driver[WRITE]);
		if (!err)
			err = get(baton, baton->peer[READ]);
		if (!err)
			err = put(baton, baton->peer[WRITE]);
		if (!err)
			err = get(baton, baton->driver[READ]);
	}
	return err;
}
