/*
 * A message put into the receiver's memory.  One op: the driver writes n bytes into
 * the peer's memory with process_vm_writev and wakes it; the peer writes them back
 * into the driver's and wakes it.  Inside the timed region are two calls of
 * process_vm_writev with one copy each, two futex wakes and up to two futex waits.
 * Between threads of one process the calls are the same, on the own pid.
 */
#include "remote.h"

static int writev_send(void *state, enum pw_side self)
{
	struct pw_remote *s = state;
	int err = pw_remote_store(s, self);

	return err ? err : pw_turn_give(&s->turn, pw_side_other(self));
}

static int writev_receive(void *state, enum pw_side self)
{
	struct pw_remote *s = state;

	return pw_turn_await(&s->turn, self);
}

static int process_vm_writev_message_drive(void *state, uint64_t ops)
{
	int err = pw_remote_meet(state, PW_DRIVER);

	return err ? err : pw_exchange_drive(state, ops, writev_send, writev_receive);
}

static int process_vm_writev_message_serve(void *state, uint64_t ops)
{
	int err = pw_remote_meet(state, PW_PEER);

	return err ? err : pw_exchange_serve(state, ops, writev_send, writev_receive);
}

const struct pw_primitive pw_process_vm_writev_message = {
	.name = "process_vm_writev_message",
	.state_size = sizeof(struct pw_remote),
	.open = pw_remote_open,
	.drive = process_vm_writev_message_drive,
	.serve = process_vm_writev_message_serve,
	.close = pw_remote_close,
	.readings = pw_exchange_readings,
};
