/*
 * A message whose pages are mapped into a pipe.  One op: the driver's vmsplice puts
 * its pages into a pipe without a copy, and the peer reads them, which copies them
 * out; back the same way through a second pipe.  Inside the timed region each side
 * makes at least one vmsplice and one blocking read, more where the pipe has fewer
 * places than the message has pages.  The pages are lent, not gifted: the sender
 * keeps them, and leaves them alone until the answer says that they were read.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/uio.h>

#include "duplex.h"
#include "exchange.h"
#include "io.h"

struct vmsplice_state {
	struct pw_exchange exchange;
	struct pw_duplex duplex;
};

static int vmsplice_message_open(void *state, const struct pw_trial *trial)
{
	struct vmsplice_state *s = state;
	int err = pw_exchange_open(&s->exchange, trial, "message");

	if (err)
		return err;
	err = pw_duplex_open(&s->duplex);
	if (err)
		pw_exchange_close(&s->exchange);
	return err;
}

static void vmsplice_message_close(void *state)
{
	struct vmsplice_state *s = state;

	pw_duplex_close(&s->duplex);
	pw_exchange_close(&s->exchange);
}

static int vmsplice_send(void *state, enum pw_side self)
{
	struct vmsplice_state *s = state;
	struct iovec left = { s->exchange.out[self], s->exchange.size };
	int fd = self == PW_DRIVER ? s->duplex.request[1] : s->duplex.reply[1];

	while (left.iov_len) {
		ssize_t lent = vmsplice(fd, &left, 1, 0);

		if (lent >= 0) {
			left.iov_base = (char *)left.iov_base + lent;
			left.iov_len -= (size_t)lent;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

static int vmsplice_receive(void *state, enum pw_side self)
{
	struct vmsplice_state *s = state;
	int fd = self == PW_DRIVER ? s->duplex.reply[0] : s->duplex.request[0];

	return pw_io_read_all(fd, s->exchange.in[self], s->exchange.size);
}

static int vmsplice_message_drive(void *state, uint64_t ops)
{
	return pw_exchange_drive(state, ops, vmsplice_send, vmsplice_receive);
}

static int vmsplice_message_serve(void *state, uint64_t ops)
{
	return pw_exchange_serve(state, ops, vmsplice_send, vmsplice_receive);
}

const struct pw_primitive pw_vmsplice_message = {
	.name = "vmsplice_message",
	.state_size = sizeof(struct vmsplice_state),
	.open = vmsplice_message_open,
	.drive = vmsplice_message_drive,
	.serve = vmsplice_message_serve,
	.close = vmsplice_message_close,
	.readings = pw_exchange_readings,
};
