/*
 * The end of a process by its size.  One op forks a child that writes to `owned`
 * bytes of memory of its own and ends; the parent waits for it.  The reading `exit`
 * is the time from the child's last instruction to the parent's return from the
 * wait: the kernel takes the memory back before it tells the parent.  The time of
 * the op holds the fork and the child's faults as well.
 */
#include <errno.h>
#include <unistd.h>

#include "mark.h"
#include "pages.h"
#include "primitive.h"
#include "setting.h"
#include "task.h"

enum { EXIT };

struct exit_resident {
	size_t owned;
	uint64_t last;          /* when the child had nothing left to do */
};

static int exit_resident_open(void *state, const struct pw_trial *trial)
{
	struct exit_resident *s = state;

	s->owned = pw_setting_number(trial, "owned", 0);
	return 0;
}

/* -EOPNOTSUPP where this kernel brings more than one page in a fault. */
static int own(size_t size)
{
	size_t page = pw_pages_size();
	int64_t before = 0;
	int64_t after = 0;
	char *memory;
	int err = pw_pages_map(size, &memory);

	if (!err)
		err = pw_pages_faults(&before);
	if (err)
		return err;
	pw_pages_write(memory, size);
	err = pw_pages_faults(&after);
	return err ? err : (uint64_t)(after - before) < (size + page - 1) / page ? -EOPNOTSUPP : 0;
}

/* Never returns. */
static void child_body(struct exit_resident *s)
{
	if (s->owned && own(s->owned))
		_exit(1);
	s->last = pw_mark_begin(s);
	_exit(PW_TARGET_STATUS);
}

static int exit_resident_drive(void *state, uint64_t ops)
{
	struct exit_resident *s = state;
	int err = 0;

	while (!err && ops--) {
		pid_t pid = fork();

		if (pid == 0)
			child_body(s);
		err = pid < 0 ? -errno : pw_task_wait_exit(pid, PW_TARGET_STATUS);
		if (!err)
			pw_mark_span(state, EXIT, s->last, 1);
	}
	return err;
}

const struct pw_primitive pw_exit_resident = {
	.name = "exit_resident",
	.state_size = sizeof(struct exit_resident),
	.open = exit_resident_open,
	.drive = exit_resident_drive,
	.readings = (const struct pw_reading[]){ [EXIT] = { "exit", PW_READING_SPAN }, { NULL, 0 } },
};
