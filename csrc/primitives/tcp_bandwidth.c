/*
 * Bandwidth of TCP over the loopback interface.  One op moves `transfer` bytes to the
 * peer through one connection, in writes and reads of `chunk` bytes, and ends with one
 * byte back once all of them are read; inside the timed region are all writes of one
 * side, all reads of the other, and that answer.  In flight are at most the send and the
 * receive buffer, which the kernel sizes by itself (net.ipv4.tcp_wmem, tcp_rmem).
 */
#include "socket.h"
#include "stream.h"

static int tcp_bandwidth_open(void *state, const struct pw_trial *trial)
{
	return pw_stream_open(state, trial, pw_socket_tcp);
}

const struct pw_primitive pw_tcp_bandwidth = {
	.name = "tcp_bandwidth",
	.state_size = sizeof(struct pw_stream),
	.open = tcp_bandwidth_open,
	.drive = pw_stream_drive,
	.serve = pw_stream_serve,
	.close = pw_stream_close,
};
