/*
 * A message fetched from the sender's memory.  One op: the driver wakes the peer,
 * which reads n bytes out of the driver's memory with process_vm_readv and wakes the
 * driver, which reads them out of the peer's.  Inside the timed region are two calls
 * of process_vm_readv with one copy each, two futex wakes and up to two futex waits.
 * Between threads of one process the calls are the same, on the own pid.
 */
#include "remote.h"

static int readv_send(void *state, enum pw_side self)
{
	struct pw_remote *s = state;

	return pw_turn_give(&s->turn, pw_side_other(self));
}

static int readv_receive(void *state, enum pw_side self)
{
	struct pw_remote *s = state;
	int err = pw_turn_await(&s->turn, self);

	return err ? err : pw_remote_fetch(s, self);
}

static int process_vm_readv_message_drive(void *state, uint64_t ops)
{
	int err = pw_remote_meet(state, PW_DRIVER);

	return err ? err : pw_exchange_drive(state, ops, readv_send, readv_receive);
}

static int process_vm_readv_message_serve(void *state, uint64_t ops)
{
	int err = pw_remote_meet(state, PW_PEER);

	return err ? err : pw_exchange_serve(state, ops, readv_send, readv_receive);
}

const struct pw_primitive pw_process_vm_readv_message = {
	.name = "process_vm_readv_message",
	.state_size = sizeof(struct pw_remote),
	.open = pw_remote_open,
	.drive = process_vm_readv_message_drive,
	.serve = process_vm_readv_message_serve,
	.close = pw_remote_close,
	.readings = pw_exchange_readings,
};
