/* Everything around a child that lies outside of the plain op. */
#include "child.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "io.h"
#include "procfile.h"

#define PAGE_TABLES "VmPTE"
#define KIB 1024

static const char *const phases[PW_PHASE_COUNT] = {
	"call_returns", "child_starts", "exec_seen", "exits", "parent_faults", "child_faults", "child_page_tables",
};

#define CALL_RETURNS { "call_returns", PW_READING_TICKS }
#define CHILD_STARTS { "child_starts", PW_READING_TICKS }
#define EXEC_SEEN { "exec_seen", PW_READING_TICKS }
#define EXITS { "exits", PW_READING_TICKS }
#define FAULTS { "parent_faults", PW_READING_COUNT }, { "child_faults", PW_READING_COUNT }
#define TABLES { "child_page_tables", PW_READING_BYTES }

const struct pw_reading pw_child_exit_readings[] = { CALL_RETURNS, CHILD_STARTS, EXITS, FAULTS, TABLES, { NULL, 0 } };
const struct pw_reading pw_child_borrow_readings[] = { CALL_RETURNS, CHILD_STARTS, EXITS, FAULTS, { NULL, 0 } };
const struct pw_reading pw_child_exec_readings[] = {
	CALL_RETURNS, CHILD_STARTS, EXEC_SEEN, EXITS, FAULTS, TABLES, { NULL, 0 },
};
const struct pw_reading pw_child_program_readings[] = { CALL_RETURNS, CHILD_STARTS, FAULTS, { NULL, 0 } };

static int reads(const struct pw_child *child, enum pw_phase phase)
{
	return child->reading[phase] < PW_READINGS_MAX;
}

/* None of them in a trial without readings. */
static void find_readings(struct pw_child *child, const struct pw_reading *readings)
{
	for (size_t phase = 0; phase < PW_PHASE_COUNT; phase++) {
		child->reading[phase] = PW_READINGS_MAX;
		for (uint8_t i = 0; pw_marks_on(child) && readings[i].name; i++)
			if (strcmp(readings[i].name, phases[phase]) == 0)
				child->reading[phase] = i;
	}
}

/* Both ends close on exec, but for the one that is there for the program exec'd. */
static int open_pipe(int fds[2], int flags, int inherited)
{
	if (pipe2(fds, O_CLOEXEC | flags) < 0)
		return -errno;
	return fcntl(fds[inherited], F_SETFD, 0) < 0 ? -errno : 0;
}

/* Until the child has reported, or has ended without. */
static int await_report(struct pw_child *child, pid_t pid)
{
	struct pollfd fds[] = {
		{ .fd = child->report[0], .events = POLLIN },
		{ .fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN },
	};
	int err = fds[1].fd < 0 ? -errno : 0;

	while (!err && poll(fds, sizeof(fds) / sizeof(fds[0]), -1) < 0)
		if (errno != EINTR)
			err = -errno;
	if (!err && !(fds[0].revents & POLLIN))
		err = -ECHILD;
	pw_io_close(&fds[1].fd);
	return err;
}

static int look(struct pw_child *child, const struct pw_creation *creation, pid_t pid)
{
	char path[PW_PROCFILE_PATH];
	int64_t kib;
	int err = await_report(child, pid);

	if (!err && creation->inspect)
		err = creation->inspect(child, pid);
	if (err || !reads(child, PW_PHASE_CHILD_PAGE_TABLES))
		return err;
	pw_procfile_path(path, pid, "status");
	kib = pw_procfile_number(path, PAGE_TABLES);
	if (kib < 0)
		return (int)kib;
	/* No op overwrites it. */
	pw_child_mark(child, PW_PHASE_CHILD_PAGE_TABLES, kib * KIB);
	return 0;
}

static int create_and_look(struct pw_child *child, const struct pw_creation *creation)
{
	const struct pw_birth birth = { .mode = PW_MODE_HELD, .clock = pw_marks_of(child)->source };
	int err = 0;
	int reaped = 0;
	pid_t pid = creation->create(child, birth);

	if (pid < 0)
		err = pid;
	else
		err = look(child, creation, pid);
	/* Its end, for any reason, lets the child go. */
	pw_io_close(&child->hold[1]);
	if (pid > 0)
		reaped = pw_child_reap_marked(child, pid, birth, 0);
	/* Not before: the child finds its number here. */
	pw_io_close(&child->hold[0]);
	return reaped ? reaped : err;
}

int pw_child_open(struct pw_child *child, const struct pw_trial *trial, const struct pw_creation *creation)
{
	int held;
	int err;

	child->report[0] = child->report[1] = child->hold[0] = child->hold[1] = -1;
	find_readings(child, creation->readings);
	held = creation->inspect || reads(child, PW_PHASE_CHILD_PAGE_TABLES);
	err = creation->program ? creation->program(&child->target, trial) : 0;
	/* What has not been reported once the child has ended will not come. */
	if (!err && (held || reads(child, PW_PHASE_EXEC_SEEN)))
		err = open_pipe(child->report, O_NONBLOCK, 1);
	if (!err && held)
		err = open_pipe(child->hold, 0, 0);
	if (!err && child->report[1] >= 0 && creation->program)
		pw_target_attach(&child->target, trial->clock, child->report[1], child->hold[0]);
	if (!err && held)
		err = create_and_look(child, creation);
	if (err)
		pw_child_close(child);
	return err;
}

void pw_child_close(void *state)
{
	struct pw_child *child = state;

	for (int i = 0; i < 2; i++) {
		pw_io_close(&child->report[i]);
		pw_io_close(&child->hold[i]);
	}
}

int64_t pw_child_faults(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_THREAD, &usage) < 0 ? -1 : usage.ru_minflt;
}

static int wait_with_usage(pid_t pid, struct rusage *usage)
{
	int status;

	while (wait4(pid, &status, 0, usage) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == PW_TARGET_STATUS ? 0 : -ECHILD;
}

static int take_report(struct pw_child *child)
{
	struct pw_target_report report;

	if (pw_io_read_all(child->report[0], &report, sizeof(report)))
		return -EPROTO;
	if (reads(child, PW_PHASE_EXEC_SEEN)) {
		pw_child_mark(child, PW_PHASE_EXEC_SEEN, (int64_t)report.entered);
		pw_child_mark(child, PW_PHASE_EXITS, (int64_t)report.left);
	}
	return 0;
}

int pw_child_reap_marked(struct pw_child *child, pid_t pid, struct pw_birth birth, int64_t faults)
{
	struct rusage usage;
	int err = wait_with_usage(pid, &usage);

	if (err)
		return err == -ECHILD && child->error ? -child->error : err;
	pw_child_mark(child, PW_PHASE_PARENT_FAULTS, pw_child_faults() - faults);
	pw_child_mark(child, PW_PHASE_CHILD_FAULTS, usage.ru_minflt);
	return birth.mode == PW_MODE_HELD || reads(child, PW_PHASE_EXEC_SEEN) ? take_report(child) : 0;
}

void pw_child_stay(struct pw_child *child)
{
	const struct pw_target_report nothing = { 0 };
	ssize_t got;
	char byte;

	/* Our copy of the write end, else it would never come to its end. */
	close(child->hold[1]);
	if (pw_io_write_all(child->report[1], &nothing, sizeof(nothing)))
		pw_child_fail(child, EPIPE);
	do
		got = read(child->hold[0], &byte, 1);
	while (got > 0);
	if (got < 0)
		pw_child_fail(child, errno);
}
