/*
 * A message through a mapped file.  The op and the timed region are those of
 * shm_futex_message, but the two slots are the page cache of an unlinked file, which
 * both sides have mapped: stores and loads, no read and no write.  The kernel may
 * write the pages back meanwhile; the next store to each then takes a fault.
 */
#include "io.h"
#include "slot.h"

static int mmap_file_message_open(void *state, const struct pw_trial *trial)
{
	int fd = pw_io_temporary(trial->directory);
	int err;

	if (fd < 0)
		return fd;
	err = pw_slots_open(state, trial, fd);
	pw_io_close(&fd);
	return err;
}

const struct pw_primitive pw_mmap_file_message = {
	.name = "mmap_file_message",
	.state_size = sizeof(struct pw_slots),
	.open = mmap_file_message_open,
	.drive = pw_slots_drive,
	.serve = pw_slots_serve,
	.close = pw_slots_close,
	.readings = pw_exchange_readings,
};
