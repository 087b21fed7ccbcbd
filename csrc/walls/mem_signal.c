/*
 * mem.signal: whether a process of another user can end one by a signal.
 *
 * The attacker sends SIGKILL by each call there is for it; the victim must still answer,
 * with its memory as it was.  The control is the same attacker with the victim's own user,
 * and its victim must be dead of SIGKILL.  SIGCONT is sent as well, and only noted: it
 * passes between users within one session (kill(2)).
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper.h"
#include "task.h"
#include "wall.h"

/* The numbers are the same on every architecture but alpha; older headers lack them. */
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static const char *const hosts[] = { "other-user", NULL };

enum call { CALL_KILL, CALL_TGKILL, CALL_SIGQUEUE, CALL_PIDFD, CALL_COUNT };

static const char *const names[CALL_COUNT] = {
	[CALL_KILL] = "kill_errno",
	[CALL_TGKILL] = "tgkill_errno",
	[CALL_SIGQUEUE] = "sigqueue_errno",
	[CALL_PIDFD] = "pidfd_send_signal_errno",
};

/* Shared memory. */
struct report {
	struct pw_loot none;
	int32_t failure;
	int32_t uid;
	int32_t capabilities;
	int32_t error[CALL_COUNT];
	int32_t continued;
};

struct shot {
	struct report report;
	int64_t victim_uid;
	int64_t answered;
	int64_t checksum_before;
	int64_t checksum_after;
	int64_t signal;                 /* that ended the victim; 0: none did */
};

static int by_pidfd(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	int err = 0;

	if (fd < 0)
		return errno;
	if (syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) < 0)
		err = errno;
	close(fd);
	return err;
}

/* Who is dead but not reaped can be sent signals still, so none of these hides another. */
static void fire(pid_t victim, struct report *report)
{
	const union sigval value = { 0 };

	report->continued = kill(victim, SIGCONT) < 0 ? errno : 0;
	report->error[CALL_TGKILL] = syscall(SYS_tgkill, victim, victim, SIGKILL) < 0 ? errno : 0;
	report->error[CALL_SIGQUEUE] = sigqueue(victim, SIGKILL, value) < 0 ? errno : 0;
	report->error[CALL_PIDFD] = by_pidfd(victim);
	report->error[CALL_KILL] = kill(victim, SIGKILL) < 0 ? errno : 0;
}

static int send_attacker(const struct pw_identity *who, pid_t victim, struct report *report)
{
	pid_t parent = getpid();
	pid_t pid = fork();
	int err;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		report->failure = pw_identity_take(who);
		if (!report->failure)
			report->failure = pw_task_bind_to_parent(parent);
		if (report->failure)
			_exit(1);
		report->uid = (int32_t)geteuid();
		report->capabilities = pw_identity_capabilities();
		fire(victim, report);
		_exit(0);
	}
	err = pw_task_wait_exit(pid, 0);
	return report->failure ? report->failure : err;
}

/* One that answers is told to end; of one that does not, the signal is taken. */
static int look_at_victim(struct pw_keeper *keeper, struct shot *shot)
{
	struct pw_keeper_look look = { 0 };
	pid_t pid = keeper->pid;
	int status;
	int err;

	shot->answered = pw_keeper_look(keeper, &look) == 0;
	shot->checksum_before = (int64_t)keeper->checksum;
	shot->checksum_after = (int64_t)look.checksum;
	if (shot->answered)
		return pw_keeper_end(keeper);
	keeper->pid = 0;
	err = pw_task_wait(pid, &status);
	if (!err && WIFSIGNALED(status))
		shot->signal = WTERMSIG(status);
	return err;
}

static int shoot(const struct pw_identity *victim, const struct pw_identity *attacker, struct report *report,
		 struct shot *shot)
{
	const struct pw_keeper_plan plan = { .who = *victim, .dumpable = 1, .loot = &report->none };
	struct pw_keeper keeper;
	int err;

	memset(report, 0, sizeof(*report));
	*shot = (struct shot){ 0 };
	err = pw_keeper_open(&keeper, &plan);
	if (!err)
		err = send_attacker(attacker, keeper.pid, report);
	if (!err)
		err = look_at_victim(&keeper, shot);
	shot->report = *report;
	shot->victim_uid = keeper.uid;
	pw_keeper_close(&keeper);
	return err;
}

static int count(const struct shot *shot, int error)
{
	int number = 0;

	for (int i = 0; i < CALL_COUNT; i++)
		number += shot->report.error[i] == error;
	return number;
}

static int report_shots(struct pw_probe *probe, const struct shot *attack, const struct shot *control)
{
	const struct { const char *name; int64_t value; } facts[] = {
		{ "signals_sent", CALL_COUNT },
		{ "signals_refused", count(attack, EPERM) },
		{ "refused_otherwise", CALL_COUNT - count(attack, EPERM) - count(attack, 0) },
		{ "victim_answered", attack->answered },
		{ "victim_signal", attack->signal },
		{ "victim_checksum_before", attack->checksum_before },
		{ "victim_checksum_after", attack->checksum_after },
		{ "victim_uid", attack->victim_uid },
		{ "attacker_uid", attack->report.uid },
		{ "users_differ", attack->victim_uid != attack->report.uid },
		{ "attacker_capabilities", attack->report.capabilities },
		{ "sigcont_same_session_errno", attack->report.continued },
		{ "control_accepted", count(control, 0) },
		{ "control_signal", control->signal },
		{ "control_signal_expected", SIGKILL },
	};
	int err = 0;

	for (int i = 0; !err && i < CALL_COUNT; i++)
		err = pw_probe_fact(probe, names[i], attack->report.error[i]);
	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(probe, facts[i].name, facts[i].value);
	return err;
}

static int probe_signal(struct pw_probe *probe)
{
	static const char why[] = "needs two users that nobody else is: run it as root (CAP_SETUID and CAP_SETGID)";
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;
	struct pw_identity who[2];
	struct report *report;
	struct shot attack;
	struct shot control;
	int err = pw_probe_host(probe, hosts);

	if (err)
		return err;
	err = pw_identity_pick(who, 2);
	if (err)
		return err == -EPERM ? pw_probe_refuse(probe, err, why) : err;
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED)
		return -errno;
	/* A victim that is dead must be heard of, not be a signal. */
	sigaction(SIGPIPE, &ignore, &before);
	err = shoot(&who[0], &who[1], report, &attack);
	if (!err)
		err = shoot(&who[0], &who[0], report, &control);
	sigaction(SIGPIPE, &before, NULL);
	munmap(report, sizeof(*report));
	if (err)
		return err == -EPERM ? pw_probe_refuse(probe, err, why) : err;
	return report_shots(probe, &attack, &control);
}

const struct pw_wall pw_wall_mem_signal = { .name = "mem.signal", .probe = probe_signal };
