/* Passes in the memory of a sacrificial process. */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "crash.h"
#include "faults/watch.h"

/* One that stands still does not answer in any time; one that does not has no reason to take long. */
#define VFORK_PATIENCE_MS 2
#define PATIENCE_MS 1000

/* It is told of its inmate's end by joining it; of the end of a thread's process we learn ourselves. */
static int is_joined(const struct pw_pass *pass)
{
	return pass->inmate != PW_INMATE_THREAD || pass->harmless;
}

static int watch_thread(struct pw_crash *crash, struct pw_pass *pass, struct pw_survivor *host,
			struct pw_route *route)
{
	const struct pw_victim *victim = &crash->faller->victim;
	int err = pw_watch_subdue(&crash->faller->victim, crash->fault, host->pid);

	if (!err)
		err = pw_watch_thread(victim, crash->fault, host->pid);
	if (err || (pw_fault_spares_process(crash->fault) && pw_survivor_alive(host)))
		return err;
	err = pw_route_wait(route, host->pid, crash->probe->trial->clock, &pass->end);
	if (!err)
		err = pw_crash_reap(pass, host->pid);
	if (!err)
		host->pid = 0;
	return err;
}

/* `asked`: an answer from before comes first. */
static int read_join(struct pw_crash *crash, struct pw_pass *pass, struct pw_survivor *host, int asked)
{
	struct pw_answer answer;
	int err = 0;

	/* Before anything is read: the maker of a vfork child is silent for as long as that lives.
	 * The number of a thread is that of its process, which must not be subdued: it stops short. */
	if (!pass->harmless)
		err = pw_watch_subdue(&crash->faller->victim, crash->fault, crash->faller->pid);
	if (!err && asked)
		err = pw_survivor_read_answer(host, &answer);
	if (!err)
		err = pw_survivor_read_answer(host, &answer);
	if (!err)
		err = answer.error;
	if (err)
		return err;
	pass->code = answer.code;
	pass->ended_by = answer.status;
	pass->status = answer.code == CLD_EXITED ? W_EXITCODE(answer.status, 0) : W_EXITCODE(0, answer.status);
	pass->end = answer.end;
	return 0;
}

/* From the making of the inmate to its end. */
static int watch(struct pw_crash *crash, struct pw_pass *pass, struct pw_survivor *host, struct pw_route *route)
{
	int patience = pass->inmate == PW_INMATE_VFORK ? VFORK_PATIENCE_MS : PATIENCE_MS;
	int asks = pass->noted && is_joined(pass) && !pass->harmless;
	int err = pw_survivor_post_start(host);

	if (!err)
		err = pw_crash_await(crash, host->pid);
	if (!err && asks)
		err = pw_survivor_post_question(host);
	if (!err && asks)
		pass->answered_meanwhile = pw_survivor_has_answer(host, patience);
	/* Before it may fall: then its host is in the wait already. */
	if (!err && is_joined(pass))
		err = pw_survivor_post_join(host);
	if (!err)
		err = pw_faller_release(crash->faller);
	if (err)
		return err;
	if (!is_joined(pass))
		return watch_thread(crash, pass, host, route);
	return read_join(crash, pass, host, asks);
}

static int look(struct pw_pass *pass, struct pw_survivor *host)
{
	struct pw_answer answer = { 0 };

	pass->answered = pw_survivor_ask(host, &answer) == 0;
	pass->denied = pass->answered && answer.denied;
	/* One who is silent cannot vouch for its memory. */
	pass->changed = pass->answered ? (int64_t)answer.changed : -1;
	pass->alive = pw_survivor_alive(host);
	return pass->alive ? pw_survivor_end(host) : 0;
}

int pw_crash_shared(struct pw_crash *crash, struct pw_pass *pass)
{
	const struct pw_trial *trial = crash->probe->trial;
	const struct pw_survivor_plan plan = {
		.inmate = pass->inmate, .spoil = pass->spoil, .fault = crash->fault, .faller = crash->faller,
		.clock = trial->clock, .seed = trial->seed,
	};
	struct pw_survivor host = { .duplex = { { -1, -1 }, { -1, -1 } } };
	struct pw_answer answer;
	struct pw_route route;
	int err = pw_route_open(&route, pass->route);

	if (!err)
		err = pw_survivor_open(&host, &plan);
	if (!err)
		err = pw_route_attach(&route, host.pid);
	if (!err)
		err = pw_survivor_ask(&host, &answer);
	if (!err && answer.changed)
		err = -EPROTO;
	if (!err)
		err = watch(crash, pass, &host, &route);
	if (!err)
		err = look(pass, &host);
	/* Whatever broke the conversation, the inmate knows the cause. */
	if (err && crash->faller->victim.error)
		err = crash->faller->victim.error;
	pw_survivor_close(&host);
	pw_route_close(&route);
	return err;
}
