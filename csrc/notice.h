/* The ways in which a supervisor learns that a child of its own has ended. */
#ifndef PW_NOTICE_H
#define PW_NOTICE_H

#include <stdint.h>
#include <sys/types.h>

/* In the order in which the catalog names them. */
enum pw_notice_kind {
	PW_NOTICE_WAITPID,
	PW_NOTICE_PIDFD,         /* poll of a pidfd */
	PW_NOTICE_SIGNALFD,      /* SIGCHLD read from a signalfd; the signal must be blocked */
	PW_NOTICE_PIPE_EOF,      /* end of a pipe whose write end only the child holds */
	PW_NOTICE_COUNT
};

struct pw_notice {
	enum pw_notice_kind kind;
	int fd;
	int heir;               /* what the child has to inherit, or -1 */
};

/* Before the child exists; close is due even where this fails. */
int pw_notice_open(struct pw_notice *notice, enum pw_notice_kind kind);
/* Once it exists, and before it may end. */
int pw_notice_attach(struct pw_notice *notice, pid_t pid);
/* Wait for the end by that route; the child is left to be reaped.  *end is in ticks. */
int pw_notice_wait(struct pw_notice *notice, pid_t pid, uint32_t clock, uint64_t *end);
/* 1 if the end of the pipe can be seen now, 0 if not. */
int pw_notice_sees_eof(const struct pw_notice *notice);
void pw_notice_close(struct pw_notice *notice);

#endif
