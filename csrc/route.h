/* The ways in which a supervisor learns that a child of its own has ended. */
#ifndef PW_ROUTE_H
#define PW_ROUTE_H

#include <stdint.h>
#include <sys/types.h>

/* In the order in which the catalog names them. */
enum pw_route_kind {
	PW_ROUTE_WAITPID,
	PW_ROUTE_PIDFD,         /* poll of a pidfd */
	PW_ROUTE_SIGNALFD,      /* SIGCHLD read from a signalfd; the signal must be blocked */
	PW_ROUTE_PIPE_EOF,      /* end of a pipe whose write end only the child holds */
	PW_ROUTE_COUNT
};

struct pw_route {
	enum pw_route_kind kind;
	int fd;
	int heir;               /* what the child has to inherit, or -1 */
};

/* Before the child exists; close is due even where this fails. */
int pw_route_open(struct pw_route *route, enum pw_route_kind kind);
/* Once it exists, and before it may end. */
int pw_route_attach(struct pw_route *route, pid_t pid);
/* Wait for the end by that route; the child is left to be reaped.  *end is in ticks. */
int pw_route_wait(struct pw_route *route, pid_t pid, uint32_t clock, uint64_t *end);
/* 1 if the end of the pipe can be seen now, 0 if not. */
int pw_route_sees_eof(const struct pw_route *route);
void pw_route_close(struct pw_route *route);

#endif
