/* The answering loop runs in the survivor's first thread, the inmate in its second. */
#include "survivor.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "canary.h"
#include "futex.h"
#include "io.h"
#include "task.h"

#define CANARY_SIZE (64 * 1024)

enum request { REQUEST_ANSWER = 'a', REQUEST_RELEASE = 'r', REQUEST_JOIN = 'j' };

/* In the survivor's own memory. */
struct inmate {
	const struct pw_survivor_plan *plan;
	_Atomic uint32_t released;
	pthread_t thread;
	int running;
};

static void *inmate_body(void *argument)
{
	struct inmate *inmate = argument;
	const struct pw_survivor_plan *plan = inmate->plan;
	int err = pw_task_pin(plan->inmate_cpu);

	if (!err)
		err = pw_futex_wait_while(&inmate->released, 0);
	if (err)
		pw_victim_fail(plan->victim, err);
	if (plan->inmate == PW_INMATE_STOPS)
		return NULL;
	if (!pw_fault_spares_process(plan->fault))
		pw_victim_fall(plan->victim, plan->fault, plan->clock);
	pw_victim_commit(plan->victim, plan->fault, plan->clock);
	return NULL;
}

static int inmate_join(struct inmate *inmate)
{
	if (!inmate->running)
		return -ESRCH;
	inmate->running = 0;
	return -pthread_join(inmate->thread, NULL);
}

static int inmate_start(struct inmate *inmate)
{
	int err;

	if (inmate->plan->inmate == PW_INMATE_NONE)
		return 0;
	err = -pthread_create(&inmate->thread, NULL, inmate_body, inmate);
	inmate->running = !err;
	return err;
}

/* Until the supervisor closes its end. */
static int serve(int in, int out, struct inmate *inmate, const struct pw_canary *canary)
{
	int err = 0;

	while (!err) {
		struct pw_answer answer = { 0 };
		char request;

		err = pw_io_read_all(in, &request, 1);
		if (err)
			break;
		if (request == REQUEST_RELEASE) {
			err = pw_futex_post(&inmate->released, 1);
			continue;
		}
		if (request == REQUEST_JOIN)
			err = inmate_join(inmate);
		answer.changed = pw_canary_changed(canary);
		answer.checksum = pw_canary_checksum(canary);
		answer.denied = inmate->plan->fault && pw_fault_denies(inmate->plan->fault);
		if (!err)
			err = pw_io_write_all(out, &answer, sizeof(answer));
	}
	return err == -EPIPE ? 0 : err;
}

static int survivor_body(const struct pw_survivor_plan *plan, struct pw_duplex *duplex, pid_t parent)
{
	struct inmate inmate = { .plan = plan };
	struct pw_canary canary = { 0 };
	int err = pw_victim_enter(parent);

	/* With our copy of the supervisor's ends open there would be no end of file. */
	pw_io_close(&duplex->request[1]);
	pw_io_close(&duplex->reply[0]);
	if (!err)
		err = pw_canary_open(&canary, CANARY_SIZE, plan->seed);
	if (!err)
		err = inmate_start(&inmate);
	return err ? err : serve(duplex->request[0], duplex->reply[1], &inmate, &canary);
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

int pw_survivor_ask(struct pw_survivor *survivor, struct pw_answer *answer)
{
	int err = post(survivor, REQUEST_ANSWER);

	return err ? err : pw_io_read_all(survivor->duplex.reply[0], answer, sizeof(*answer));
}

int pw_survivor_release(struct pw_survivor *survivor)
{
	return post(survivor, REQUEST_RELEASE);
}

int pw_survivor_join(struct pw_survivor *survivor)
{
	struct pw_answer unused;
	int err = post(survivor, REQUEST_JOIN);

	return err ? err : pw_io_read_all(survivor->duplex.reply[0], &unused, sizeof(unused));
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
