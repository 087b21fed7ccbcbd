/*
 * Wake-up of a task on another CPU.  One op is a round trip: the driver wakes the
 * peer with a futex and sleeps, the peer runs on its own CPU and wakes the driver;
 * inside the timed region are two wakes and two waits.  The peer notes when it
 * runs, which is the way there alone; the way back wakes the driver's CPU, idle in
 * any case.  What the peer's CPU does while the peer sleeps is the factor
 * target_cpu: nothing, a hog of policy SCHED_IDLE that gives way at once, or a hog
 * of the same rank as the peer.
 *
 * The words never change.  A wake is repeated until it has found its sleeper, so
 * that no answer comes before the question is slept on.
 */
#include <errno.h>
#include <sched.h>

#include "futex.h"
#include "hog.h"
#include "mark.h"
#include "primitive.h"
#include "setting.h"

enum reading { WOKEN };
enum target { IDLE, BUSY, CONTENDED };

struct wake_state {
	_Alignas(64) _Atomic uint32_t request;
	_Alignas(64) _Atomic uint32_t reply;
	struct pw_hog hog;
};

static int remote_wake_open(void *state, const struct pw_trial *trial)
{
	static const char *const targets[] = { "idle", "busy", "contended", NULL };
	struct wake_state *s = state;
	int target = pw_setting_word(trial, "target_cpu", targets);

	if (target <= IDLE)
		return target;
	return pw_hog_start(&s->hog, trial->peer_cpu, target == BUSY ? SCHED_IDLE : SCHED_OTHER);
}

static int remote_wake_rouse(_Atomic uint32_t *word)
{
	long woken;

	while ((woken = syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0)) == 0)
		sched_yield();
	return woken < 0 ? -errno : 0;
}

static int remote_wake_sleep(_Atomic uint32_t *word)
{
	while (syscall(SYS_futex, word, FUTEX_WAIT, 0, NULL, NULL, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int remote_wake_drive(void *state, uint64_t ops)
{
	struct wake_state *s = state;
	int err = 0;

	while (!err && ops--) {
		err = remote_wake_rouse(&s->request);
		if (!err)
			err = remote_wake_sleep(&s->reply);
	}
	return err;
}

static int remote_wake_serve(void *state, uint64_t ops)
{
	struct wake_state *s = state;
	int err = 0;

	while (!err && ops--) {
		err = remote_wake_sleep(&s->request);
		pw_mark_time(state, WOKEN);
		if (!err)
			err = remote_wake_rouse(&s->reply);
	}
	return err;
}

static void remote_wake_close(void *state)
{
	struct wake_state *s = state;

	pw_hog_stop(&s->hog);
}

const struct pw_primitive pw_remote_wake = {
	.name = "remote_wake",
	.state_size = sizeof(struct wake_state),
	.open = remote_wake_open,
	.drive = remote_wake_drive,
	.serve = remote_wake_serve,
	.close = remote_wake_close,
	.readings = (const struct pw_reading[]){ { "woken", PW_READING_TICKS }, { NULL, 0 } },
};
