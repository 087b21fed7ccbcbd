/*
 * A message through a pair of stream sockets, submitted through io_uring.  One op
 * sends a message of n bytes to the peer and gets it back; inside the timed region the
 * driver submits its send and its receive in one io_uring_enter and sleeps there for
 * both, and the peer submits its answer together with the receive of the next message.
 * The kernel copies as for send and recv.  A message of more than half of the socket's
 * buffer is sent and received in calls of their own.
 */
#include <errno.h>
#include <sys/socket.h>

#include "exchange.h"
#include "io.h"
#include "uring.h"

struct io_uring_state {
	struct pw_exchange exchange;
	struct pw_uring ring[PW_SIDES];
	int fd[PW_SIDES];
	int together;           /* a send is never short, so its completion and the answer's can be awaited as one */
};

static void io_uring_message_close(void *state)
{
	struct io_uring_state *s = state;

	for (int side = 0; side < PW_SIDES; side++) {
		pw_uring_close(&s->ring[side]);
		pw_io_close(&s->fd[side]);
	}
	pw_exchange_close(&s->exchange);
}

/* Half of the buffer leaves room for what the kernel adds to the bytes. */
static int fits_the_socket(const struct io_uring_state *s)
{
	int room = 0;
	socklen_t size = sizeof(room);

	if (getsockopt(s->fd[PW_DRIVER], SOL_SOCKET, SO_SNDBUF, &room, &size) < 0)
		return -errno;
	return s->exchange.size <= (size_t)room / 2;
}

static int io_uring_message_open(void *state, const struct pw_trial *trial)
{
	struct io_uring_state *s = state;
	int err;

	s->fd[PW_DRIVER] = s->fd[PW_PEER] = -1;
	s->ring[PW_DRIVER].fd = s->ring[PW_PEER].fd = -1;
	err = pw_exchange_open(&s->exchange, trial, "message");
	if (!err && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s->fd) < 0)
		err = -errno;
	if (!err)
		err = pw_uring_open(&s->ring[PW_DRIVER]);
	if (!err)
		err = pw_uring_open(&s->ring[PW_PEER]);
	if (!err)
		s->together = fits_the_socket(s);
	if (s->together < 0)
		err = s->together;
	if (err)
		io_uring_message_close(state);
	return err;
}

static int receive(struct io_uring_state *s, enum pw_side self)
{
	struct pw_transfer in = { IORING_OP_RECV, s->fd[self], s->exchange.in[self], s->exchange.size };

	return pw_uring_transfer(&s->ring[self], &in, 1);
}

static int send_only(struct io_uring_state *s, enum pw_side self)
{
	struct pw_transfer out = { IORING_OP_SEND, s->fd[self], s->exchange.out[self], s->exchange.size };

	return pw_uring_transfer(&s->ring[self], &out, 1);
}

/* The peer's answer leaves the buffer that the next message comes into, but that one is
 * not sent before the whole answer has arrived. */
static int send_and_receive(struct io_uring_state *s, enum pw_side self)
{
	struct pw_transfer both[] = {
		{ IORING_OP_SEND, s->fd[self], s->exchange.out[self], s->exchange.size },
		{ IORING_OP_RECV, s->fd[self], s->exchange.in[self], s->exchange.size },
	};
	int err;

	if (s->together)
		return pw_uring_transfer(&s->ring[self], both, 2);
	err = send_only(s, self);
	return err ? err : receive(s, self);
}

static int io_uring_message_drive(void *state, uint64_t ops)
{
	struct io_uring_state *s = state;
	int err = 0;

	pw_exchange_stamp(&s->exchange);
	while (!err && ops--)
		err = send_and_receive(s, PW_DRIVER);
	return err ? err : pw_exchange_check(&s->exchange);
}

static int io_uring_message_serve(void *state, uint64_t ops)
{
	struct io_uring_state *s = state;
	int err = ops ? receive(s, PW_PEER) : 0;

	while (!err && ops--) {
		pw_mark_time(state, 0);
		err = ops ? send_and_receive(s, PW_PEER) : send_only(s, PW_PEER);
	}
	return err;
}

const struct pw_primitive pw_io_uring_message = {
	.name = "io_uring_message",
	.state_size = sizeof(struct io_uring_state),
	.open = io_uring_message_open,
	.drive = io_uring_message_drive,
	.serve = io_uring_message_serve,
	.close = io_uring_message_close,
	.readings = pw_exchange_readings,
};
