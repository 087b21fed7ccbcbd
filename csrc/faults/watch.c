/* Everything is looked at again and again, so that nothing here can wait for ever. */
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "procfile.h"

#define PATIENCE_NS 2000000000ULL
#define NAP_NS 50000
#define STATE_SIZE 128

enum sight { NOT_YET, SEEN, ENDED };

struct watch {
	const struct pw_victim *victim;
	pid_t pid;
	uint64_t heard;                 /* beats when a deaf victim was sent its signal */
	enum sight (*look)(const struct watch *watch);
};

/* The letter that /proc shows, or 0 where there is no such process. */
static char state_of(pid_t pid)
{
	char path[PW_PROCFILE_PATH];
	char text[STATE_SIZE];
	ssize_t got;
	char *end;
	int fd;

	pw_procfile_path(path, pid, "stat");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	got = read(fd, text, sizeof(text) - 1);
	pw_io_close(&fd);
	if (got <= 0)
		return 0;
	text[got] = '\0';
	/* The name of the program, in brackets, may hold brackets itself. */
	end = strrchr(text, ')');
	return end && end[1] ? end[2] : '\0';
}

static enum sight look_for_end(char state)
{
	return state == 0 || state == 'Z' || state == 'X' ? ENDED : NOT_YET;
}

/* A parent is told once the last thread has stopped; anybody else sees the first one only. */
static enum sight look_for_stop(const struct watch *watch)
{
	siginfo_t info = { 0 };
	char state = state_of(watch->pid);

	if (look_for_end(state) == ENDED)
		return ENDED;
	if (waitid(P_PID, (id_t)watch->pid, &info, WSTOPPED | WNOHANG | WNOWAIT) == 0)
		return info.si_pid ? SEEN : NOT_YET;
	return errno == ECHILD && state == 'T' ? SEEN : NOT_YET;
}

static enum sight look_for_beat(const struct watch *watch)
{
	return watch->victim->beats ? SEEN : look_for_end(state_of(watch->pid));
}

/*
 * A signal that is not ignored is acted upon on the way out of the next system call at the latest.
 * The second beat from now belongs to a call that began after the signal was sent.
 */
static enum sight look_for_deafness(const struct watch *watch)
{
	enum sight end = look_for_end(state_of(watch->pid));

	return end == NOT_YET && watch->victim->beats >= watch->heard + 2 ? SEEN : end;
}

static enum sight look_for_thread(const struct watch *watch)
{
	if (look_for_end(state_of(watch->pid)) == ENDED)
		return ENDED;
	/* It tells its number before it falls. */
	if (!watch->victim->tid || !watch->victim->stamp)
		return NOT_YET;
	return syscall(SYS_tgkill, watch->pid, watch->victim->tid, 0) < 0 && errno == ESRCH ? SEEN : NOT_YET;
}

static int await(const struct watch *watch, enum sight *sight)
{
	const struct timespec nap = { .tv_nsec = NAP_NS };
	uint64_t begin = pw_clock_raw_ns();

	while ((*sight = watch->look(watch)) == NOT_YET) {
		if (pw_clock_raw_ns() - begin > PATIENCE_NS)
			return -ETIMEDOUT;
		nanosleep(&nap, NULL);
	}
	return 0;
}

static int await_deafness(struct watch *watch, int signal, enum sight *sight)
{
	int err;

	watch->look = look_for_beat;
	err = await(watch, sight);
	if (err || *sight == ENDED)
		return err;
	if (kill(watch->pid, signal) < 0)
		return -errno;
	watch->heard = watch->victim->beats;
	watch->look = look_for_deafness;
	return await(watch, sight);
}

int pw_watch_subdue(struct pw_victim *victim, const struct pw_fault *fault, pid_t pid)
{
	struct watch watch = { .victim = victim, .pid = pid, .look = look_for_stop };
	enum sight sight;
	int err;

	if (fault->effect != PW_EFFECT_STOP && fault->effect != PW_EFFECT_DEAF)
		return 0;
	err = fault->effect == PW_EFFECT_STOP ? await(&watch, &sight) : await_deafness(&watch, fault->signal, &sight);
	if (!err && sight == ENDED)
		return 0;
	if (kill(pid, SIGKILL) < 0 && !err)
		err = -errno;
	victim->subdued = !err;
	return err;
}

int pw_watch_thread(const struct pw_victim *victim, const struct pw_fault *fault, pid_t pid)
{
	const struct watch watch = { .victim = victim, .pid = pid, .look = look_for_thread };
	enum sight sight;

	return pw_fault_spares_process(fault) ? await(&watch, &sight) : 0;
}
