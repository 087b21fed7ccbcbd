/*
 * Bandwidth of a stream socket.  One op moves `transfer` bytes to the peer through one
 * of two connected AF_UNIX sockets, in writes and reads of `chunk` bytes, and ends with
 * one byte back once all of them are read; inside the timed region are all writes of one
 * side, all reads of the other, and that answer.  At most the socket's send buffer
 * (net.core.wmem_default, less what the kernel books for itself) is ever in flight.
 */
#include "socket.h"
#include "stream.h"

static int unix_bandwidth_open(void *state, const struct pw_trial *trial)
{
	return pw_stream_open(state, trial, pw_socket_stream);
}

const struct pw_primitive pw_unix_bandwidth = {
	.name = "unix_bandwidth",
	.state_size = sizeof(struct pw_stream),
	.open = unix_bandwidth_open,
	.drive = pw_stream_drive,
	.serve = pw_stream_serve,
	.close = pw_stream_close,
};
