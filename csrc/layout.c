/* Between fork and exec the child makes async-signal-safe calls only. */
#include "layout.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/personality.h>

#include "io.h"
#include "task.h"

int pw_layout_find(struct pw_layout_run *run, const struct pw_trial *trial)
{
	const char *name = strrchr(trial->target, '/');
	size_t length = name ? (size_t)(name - trial->target) + 1 : 0;

	*run = (struct pw_layout_run){ .report = { -1, -1 } };
	if (length + sizeof(PW_LAYOUT_TARGET) > sizeof(run->path))
		return -ENAMETOOLONG;
	memcpy(run->path, trial->target, length);
	memcpy(run->path + length, PW_LAYOUT_TARGET, sizeof(PW_LAYOUT_TARGET));
	return access(run->path, X_OK) < 0 ? -errno : 0;
}

static void write_arguments(struct pw_layout_run *run, int go, uint64_t address)
{
	const uint64_t values[] = { (uint64_t)run->report[1], (uint64_t)go, address };
	int last = go < 0 ? PW_LAYOUT_REPORT : PW_LAYOUT_ADDRESS;

	run->argv[PW_LAYOUT_SELF] = run->path;
	for (int i = PW_LAYOUT_REPORT; i <= last; i++) {
		pw_decimal_write(run->text[i], values[i - 1]);
		run->argv[i] = run->text[i];
	}
	run->argv[last + 1] = NULL;
}

static _Noreturn void become_program(struct pw_layout_run *run, int go, pid_t parent)
{
	char *const environment[] = { NULL };
	int flags;

	if (pw_task_bind_to_parent(parent))
		_exit(1);
	if (run->personality) {
		flags = personality(0xffffffff);
		if (flags < 0 || personality((unsigned long)flags | run->personality) < 0)
			_exit(1);
	}
	if (fcntl(run->report[1], F_SETFD, 0) < 0 || (go >= 0 && fcntl(go, F_SETFD, 0) < 0))
		_exit(1);
	execve(run->path, run->argv, environment);
	_exit(1);
}

int pw_layout_start(struct pw_layout_run *run, int go, uint64_t address)
{
	pid_t parent = getpid();
	int err;

	if (pipe2(run->report, O_CLOEXEC) < 0)
		return -errno;
	write_arguments(run, go, address);
	run->pid = fork();
	if (run->pid == 0)
		become_program(run, go, parent);
	err = run->pid < 0 ? -errno : 0;
	pw_io_close(&run->report[1]);
	if (err)
		pw_io_close(&run->report[0]);
	return err;
}

int pw_layout_finish(struct pw_layout_run *run, void *report, size_t size)
{
	int err = pw_io_read_all(run->report[0], report, size);
	int ended;

	pw_io_close(&run->report[0]);
	ended = pw_task_wait_exit(run->pid, 0);
	return ended ? ended : err;
}
