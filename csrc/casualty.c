/* The crash is a load from an unmapped page: no handler, no cleaning up. */
#include "casualty.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/victim.h"
#include "io.h"
#include "task.h"

enum request { REQUEST_CRASH = 'c', REQUEST_TIDY = 't' };

int pw_casualty_open(struct pw_casualty *casualty, const struct pw_trial *trial)
{
	*casualty = (struct pw_casualty){
		.duplex = { { -1, -1 }, { -1, -1 } }, .clock = trial->clock, .victim = pw_victim_open(),
	};
	return casualty->victim ? 0 : -errno;
}

_Noreturn static void body(struct pw_casualty *casualty, const struct pw_deed *deed, void *argument, pid_t parent)
{
	struct pw_victim *victim = casualty->victim;
	char request = 0;
	int err = pw_victim_enter(parent);

	pw_io_close(&casualty->duplex.request[1]);
	pw_io_close(&casualty->duplex.reply[0]);
	if (!err)
		err = deed->take(argument);
	if (!err)
		err = pw_io_write_all(casualty->duplex.reply[1], "", 1);
	if (!err)
		err = pw_io_read_all(casualty->duplex.request[0], &request, 1);
	if (!err && request == REQUEST_TIDY && deed->give_back)
		err = deed->give_back(argument);
	if (err)
		pw_victim_fail(victim, err);
	pw_victim_fall(victim, pw_fault_find("segv_unmapped"), casualty->clock);
}

int pw_casualty_start(struct pw_casualty *casualty, const struct pw_deed *deed, void *argument)
{
	pid_t parent = getpid();
	char ready;
	int err = pw_duplex_open(&casualty->duplex);

	if (err)
		return err;
	pw_victim_forget(casualty->victim);
	casualty->pid = fork();
	if (casualty->pid == 0)
		body(casualty, deed, argument, parent);
	if (casualty->pid < 0) {
		casualty->pid = 0;
		return -errno;
	}
	pw_io_close(&casualty->duplex.request[0]);
	pw_io_close(&casualty->duplex.reply[1]);
	err = pw_io_read_all(casualty->duplex.reply[0], &ready, 1);
	/* It has said what it failed with. */
	if (err && casualty->victim->error)
		err = casualty->victim->error;
	return err;
}

int pw_casualty_post(struct pw_casualty *casualty, int tidy)
{
	char request = tidy ? REQUEST_TIDY : REQUEST_CRASH;

	return pw_io_write_all(casualty->duplex.request[1], &request, 1);
}

int pw_casualty_await(const struct pw_casualty *casualty)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t)casualty->pid, &info, WEXITED | WNOWAIT) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

int pw_casualty_reap(struct pw_casualty *casualty)
{
	int status;
	int err = pw_task_wait(casualty->pid, &status);

	if (err)
		return err;
	casualty->pid = 0;
	pw_duplex_close(&casualty->duplex);
	if (pw_victim_ending(pw_fault_find("segv_unmapped"), status) != PW_ENDING_CRASHED)
		return casualty->victim->error ? casualty->victim->error : -EPROTO;
	casualty->crashes++;
	return 0;
}

int pw_casualty_end(struct pw_casualty *casualty, int tidy)
{
	int err = pw_casualty_post(casualty, tidy);

	return err ? err : pw_casualty_reap(casualty);
}

int pw_casualty_run(struct pw_casualty *casualty, const struct pw_deed *deed, void *argument, int tidy)
{
	int err = pw_casualty_start(casualty, deed, argument);

	return err ? err : pw_casualty_end(casualty, tidy);
}

void pw_casualty_close(struct pw_casualty *casualty)
{
	int status;

	if (casualty->pid) {
		kill(casualty->pid, SIGKILL);
		pw_task_wait(casualty->pid, &status);
	}
	pw_duplex_close(&casualty->duplex);
	pw_victim_close(casualty->victim);
}

int pw_casualty_host(const struct pw_probe *probe)
{
	static const char *const words[] = { "process", NULL };
	int host = pw_probe_host(probe, words);

	return host < 0 ? host : 0;
}
