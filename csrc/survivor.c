/* The answering loop runs in the survivor's first thread. */
#include "survivor.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "canary.h"
#include "io.h"
#include "signals.h"
#include "task.h"

enum request { REQUEST_ANSWER = 'a', REQUEST_START = 's', REQUEST_JOIN = 'j' };

/* In the survivor's own memory. */
struct self {
	const struct pw_survivor_plan *plan;
	struct pw_canary canary;
	struct pw_signals signals;
	struct pw_inmate inmate;
};

static void *pulse_body(void *argument)
{
	const struct pw_survivor_plan *plan = argument;

	/* Where it may not be on that CPU, its gaps will tell. */
	pw_task_pin(plan->pulse_cpu);
	pw_pulse_run(&plan->common->pulse, plan->clock);
	return NULL;
}

static int start_pulse(const struct pw_survivor_plan *plan)
{
	pthread_t thread;
	int err;

	if (!plan->common)
		return 0;
	err = -pthread_create(&thread, NULL, pulse_body, (void *)(uintptr_t)plan);
	return err ? err : -pthread_detach(thread);
}

static void look(const struct self *self, struct pw_answer *answer)
{
	const struct pw_survivor_plan *plan = self->plan;

	answer->changed = pw_canary_changed(&self->canary);
	pw_canary_digest(&self->canary, &answer->digest);
	answer->denied = plan->fault && pw_fault_denies(plan->fault);
	answer->signals_unchanged = (uint64_t)pw_signals_unchanged(&self->signals);
	if (plan->common)
		answer->token = atomic_fetch_add(&plan->common->token, 1);
}

static void join(struct self *self, struct pw_answer *answer)
{
	answer->error = pw_inmate_join(&self->inmate);
	answer->code = self->inmate.code;
	answer->status = self->inmate.status;
	answer->end = self->inmate.end;
}

/* Until the supervisor closes its end. */
static int serve(int in, int out, struct self *self)
{
	int err = 0;

	while (!err) {
		struct pw_answer answer = { 0 };
		char request;

		err = pw_io_read_all(in, &request, 1);
		if (err)
			break;
		if (request == REQUEST_START) {
			err = pw_inmate_start(&self->inmate);
			continue;
		}
		if (request == REQUEST_JOIN)
			join(self, &answer);
		else
			look(self, &answer);
		err = pw_io_write_all(out, &answer, sizeof(answer));
	}
	return err == -EPIPE ? 0 : err;
}

static int survivor_body(const struct pw_survivor_plan *plan, struct pw_duplex *duplex, pid_t parent)
{
	struct self self = {
		.plan = plan,
		.inmate = { .kind = plan->inmate, .fault = plan->fault, .faller = plan->faller },
	};
	int err = pw_victim_enter(parent);

	/* With our copy of the supervisor's ends open there would be no end of file. */
	pw_io_close(&duplex->request[1]);
	pw_io_close(&duplex->reply[0]);
	if (!err)
		err = pw_canary_open(&self.canary, PW_SURVIVOR_CANARY, plan->seed);
	if (!err)
		err = start_pulse(plan);
	pw_signals_read(&self.signals);
	self.inmate.canary = plan->spoil ? &self.canary : NULL;
	return err ? err : serve(duplex->request[0], duplex->reply[1], &self);
}

int pw_survivor_open(struct pw_survivor *survivor, const struct pw_survivor_plan *plan)
{
	pid_t parent = getpid();
	int err = pw_duplex_open(&survivor->duplex);

	survivor->pid = 0;
	if (err)
		return err;
	survivor->pid = fork();
	if (survivor->pid == 0)
		_exit(survivor_body(plan, &survivor->duplex, parent) ? 1 : 0);
	if (survivor->pid < 0) {
		survivor->pid = 0;
		return -errno;
	}
	pw_io_close(&survivor->duplex.request[0]);
	pw_io_close(&survivor->duplex.reply[1]);
	return 0;
}

static int post(struct pw_survivor *survivor, enum request request)
{
	char byte = (char)request;

	return pw_io_write_all(survivor->duplex.request[1], &byte, 1);
}

int pw_survivor_post_question(struct pw_survivor *survivor)
{
	return post(survivor, REQUEST_ANSWER);
}

int pw_survivor_read_answer(struct pw_survivor *survivor, struct pw_answer *answer)
{
	return pw_io_read_all(survivor->duplex.reply[0], answer, sizeof(*answer));
}

int pw_survivor_ask(struct pw_survivor *survivor, struct pw_answer *answer)
{
	int err = pw_survivor_post_question(survivor);

	return err ? err : pw_survivor_read_answer(survivor, answer);
}

int pw_survivor_has_answer(const struct pw_survivor *survivor, int within_ms)
{
	struct pollfd poller = { .fd = survivor->duplex.reply[0], .events = POLLIN };

	return poll(&poller, 1, within_ms) == 1 && (poller.revents & POLLIN) != 0;
}

int pw_survivor_post_start(struct pw_survivor *survivor)
{
	return post(survivor, REQUEST_START);
}

int pw_survivor_post_join(struct pw_survivor *survivor)
{
	return post(survivor, REQUEST_JOIN);
}

int pw_survivor_alive(const struct pw_survivor *survivor)
{
	siginfo_t info = { 0 };

	if (!survivor->pid)
		return 0;
	if (waitid(P_PID, (id_t)survivor->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return 0;
	return info.si_pid == 0;
}

int pw_survivor_wait(struct pw_survivor *survivor, int *status)
{
	int err = pw_task_wait(survivor->pid, status);

	if (!err)
		survivor->pid = 0;
	return err;
}

int pw_survivor_end(struct pw_survivor *survivor)
{
	int status;
	int err;

	pw_io_close(&survivor->duplex.request[1]);
	err = pw_survivor_wait(survivor, &status);
	if (err)
		return err;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -ECHILD;
}

void pw_survivor_close(struct pw_survivor *survivor)
{
	int status;

	if (survivor->pid) {
		kill(survivor->pid, SIGKILL);
		pw_survivor_wait(survivor, &status);
	}
	pw_duplex_close(&survivor->duplex);
}
