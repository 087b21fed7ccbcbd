/* Opening of sockets.  Ports are the kernel's choice, addresses those of the loopback interface. */
#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io.h"

/* What the kernel takes off a send buffer before it compares (unix_dgram_sendmsg). */
#define DATAGRAM_HEAD 32

static void join(struct pw_channel *channel, const int fds[2])
{
	channel->driver.in = channel->driver.out = fds[0];
	channel->peer.in = channel->peer.out = fds[1];
}

static int pair(struct pw_channel *channel, int type)
{
	int fds[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	join(channel, fds);
	return 0;
}

int pw_socket_stream(struct pw_channel *channel, const struct pw_trial *trial)
{
	(void)trial;
	return pair(channel, SOCK_STREAM);
}

/* A socket bound to a free port; the descriptor, or negative errno. */
static int bind_loopback(int type, struct sockaddr_in *name)
{
	socklen_t size = sizeof(*name);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	*name = (struct sockaddr_in){ .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)name, size) < 0 || getsockname(fd, (struct sockaddr *)name, &size) < 0) {
		int err = -errno;

		pw_io_close(&fd);
		return err;
	}
	return fd;
}

static int connect_to(int fd, const struct sockaddr_in *name)
{
	return connect(fd, (const struct sockaddr *)name, sizeof(*name)) < 0 ? -errno : 0;
}

static int set_up_tcp(int fd)
{
	/* Reset on closing: a pair that says goodbye stays in the kernel for a minute. */
	struct linger reset = { .l_onoff = 1, .l_linger = 0 };
	int on = 1;

	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) < 0)
		return -errno;
	return 0;
}

/* The other side of `wanted`; -ECONNABORTED if somebody else was faster. */
static int accept_from(int listener, const struct sockaddr_in *wanted)
{
	struct sockaddr_in from;
	socklen_t size = sizeof(from);
	int fd = accept4(listener, (struct sockaddr *)&from, &size, SOCK_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (from.sin_port != wanted->sin_port || from.sin_addr.s_addr != wanted->sin_addr.s_addr) {
		pw_io_close(&fd);
		return -ECONNABORTED;
	}
	return fd;
}

int pw_socket_tcp(struct pw_channel *channel, const struct pw_trial *trial)
{
	struct sockaddr_in names[2];
	int listener = bind_loopback(SOCK_STREAM, &names[1]);
	int fds[2] = { -1, -1 };
	int err = 0;

	(void)trial;
	if (listener < 0)
		return listener;
	fds[0] = bind_loopback(SOCK_STREAM, &names[0]);
	if (fds[0] < 0)
		err = fds[0];
	if (!err && listen(listener, 1) < 0)
		err = -errno;
	if (!err)
		err = connect_to(fds[0], &names[1]);
	if (!err) {
		fds[1] = accept_from(listener, &names[0]);
		err = fds[1] < 0 ? fds[1] : 0;
	}
	for (int i = 0; !err && i < 2; i++)
		err = set_up_tcp(fds[i]);
	pw_io_close(&listener);
	join(channel, fds);
	return err;
}

int pw_socket_udp(struct pw_channel *channel, const struct pw_trial *trial)
{
	struct sockaddr_in names[2];
	int fds[2] = { -1, -1 };
	int err = 0;

	(void)trial;
	for (int i = 0; !err && i < 2; i++) {
		fds[i] = bind_loopback(SOCK_DGRAM, &names[i]);
		err = fds[i] < 0 ? fds[i] : 0;
	}
	for (int i = 0; !err && i < 2; i++)
		err = connect_to(fds[i], &names[1 - i]);
	join(channel, fds);
	return err;
}

static int make_room(int fd, size_t size)
{
	socklen_t length = sizeof(int);
	int room;

	if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, &length) < 0)
		return -errno;
	if ((size_t)room >= size + DATAGRAM_HEAD)
		return 0;
	room = size > INT_MAX / 2 ? INT_MAX / 2 : (int)size + DATAGRAM_HEAD;
	return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) < 0 ? -errno : 0;
}

int pw_socket_packets(struct pw_channel *channel, int type)
{
	int err = pair(channel, type);

	if (!err)
		err = make_room(channel->driver.out, channel->driver.message.size);
	return err ? err : make_room(channel->peer.out, channel->peer.message.size);
}
