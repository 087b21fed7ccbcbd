/* Connected sockets, as the two ends of a channel; none of them has a name that could stay behind. */
#ifndef PW_SOCKET_H
#define PW_SOCKET_H

#include "channel.h"

/* A pair of AF_UNIX stream sockets. */
int pw_socket_stream(struct pw_channel *channel, const struct pw_trial *trial);
/* TCP over the loopback interface, without Nagle's delay; the listener is gone on return. */
int pw_socket_tcp(struct pw_channel *channel, const struct pw_trial *trial);
/* UDP over the loopback interface; each end takes datagrams from the other only. */
int pw_socket_udp(struct pw_channel *channel, const struct pw_trial *trial);
/* A pair of AF_UNIX sockets of a type that keeps messages whole.  Where a send buffer is
 * smaller than the channel's messages, a larger one is asked for; what the kernel does not
 * give, it answers with EMSGSIZE to the first message. */
int pw_socket_packets(struct pw_channel *channel, int type);

#endif
