/*
 * One real-time signal that one task sends to another and the other waits for.  It
 * stays blocked, so that no handler runs and none is lost; it goes to a task and
 * not to a process, so that threads can be meant.
 */
#ifndef PW_RTSIGNAL_H
#define PW_RTSIGNAL_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

/* Lies in shared memory: how the others reach a task. */
struct pw_rtsignal_task {
	pid_t pid;
	_Atomic uint32_t tid;   /* 0: not known yet */
};

/* Block the signal in this task and in those it will start. */
int pw_rtsignal_block(void);
/* Enter the calling task. */
int pw_rtsignal_enter(struct pw_rtsignal_task *task);
/* Send the signal, once the task has been entered. */
int pw_rtsignal_send(struct pw_rtsignal_task *task);
/* Wait for one signal.  -EPROTO if another than `sender` sent it. */
int pw_rtsignal_await(const struct pw_rtsignal_task *sender);

#endif
