/*
 * leak.mutex: a lock in shared memory, and the record behind it, stay as the dead left them.
 *
 * The victim takes two locks, a plain and a robust one, writes the first half of the record
 * that each of them guards, and crashes.  We then wait for the plain one, which nobody will ever
 * give back; the robust one tells that its owner is dead, and leaves the record to us.
 * Control: a victim that finishes the records and unlocks before it crashes leaves both locks
 * free, and the same look finds both records whole.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "casualty.h"

#define PATIENCE_NS 2000000

struct guarded {
	pthread_mutex_t mutex;
	uint64_t first;
	uint64_t second;                /* the same, where the record is whole */
};

struct locks {
	struct guarded plain;
	struct guarded robust;
};

static int open_mutex(struct guarded *guarded, int robust)
{
	pthread_mutexattr_t attributes;
	int err = -pthread_mutexattr_init(&attributes);

	if (err)
		return err;
	guarded->first = 0;
	guarded->second = 0;
	err = -pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	if (!err && robust)
		err = -pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	if (!err)
		err = -pthread_mutex_init(&guarded->mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return err;
}

static int begin_record(struct guarded *guarded)
{
	int err = -pthread_mutex_lock(&guarded->mutex);

	if (!err)
		guarded->first++;
	return err;
}

static int finish_record(struct guarded *guarded)
{
	guarded->second++;
	return -pthread_mutex_unlock(&guarded->mutex);
}

static int take(void *argument)
{
	struct locks *locks = argument;
	int err = begin_record(&locks->plain);

	return err ? err : begin_record(&locks->robust);
}

static int give_back(void *argument)
{
	struct locks *locks = argument;
	int err = finish_record(&locks->plain);

	return err ? err : finish_record(&locks->robust);
}

/* The answer of the lock, as a positive errno: 0 where we have it. */
static int lock_for_a_while(struct guarded *guarded)
{
	struct timespec until = pw_clock_date_in(PATIENCE_NS);

	return pthread_mutex_timedlock(&guarded->mutex, &until);
}

static int is_whole(const struct guarded *guarded)
{
	return guarded->first == 1 && guarded->second == 1;
}

static int report_crash(struct locks *locks, struct pw_probe *probe)
{
	int plain = lock_for_a_while(&locks->plain);
	int robust = lock_for_a_while(&locks->robust);
	int repaired = -1;
	int err = pw_probe_facts(probe, (const struct pw_found[]){
		{ "plain_free", plain == 0 },
		{ "plain_errno", plain },
		{ "plain_record_whole", is_whole(&locks->plain) },
		{ "robust_errno", robust },
		{ "robust_record_whole", is_whole(&locks->robust) },
		{ NULL, 0 },
	});

	if (robust == EOWNERDEAD) {
		/* Whole again is for us to say; else nobody may ever lock it. */
		locks->robust.second = locks->robust.first;
		repaired = pthread_mutex_consistent(&locks->robust.mutex);
		if (!repaired)
			repaired = pthread_mutex_unlock(&locks->robust.mutex);
		if (!repaired)
			repaired = pthread_mutex_trylock(&locks->robust.mutex);
	}
	return err ? err : pw_probe_fact(probe, "robust_errno_repaired", repaired);
}

static int report_control(struct locks *locks, struct pw_probe *probe)
{
	return pw_probe_facts(probe, (const struct pw_found[]){
		{ "control_plain_free", lock_for_a_while(&locks->plain) == 0 },
		{ "control_plain_record_whole", is_whole(&locks->plain) },
		{ "control_robust_errno", lock_for_a_while(&locks->robust) },
		{ "control_robust_record_whole", is_whole(&locks->robust) },
		{ NULL, 0 },
	});
}

static int run_pass(struct locks *locks, struct pw_probe *probe, struct pw_casualty *casualty, int tidy)
{
	static const struct pw_deed deed = { take, give_back };
	int err = open_mutex(&locks->plain, 0);

	if (!err)
		err = open_mutex(&locks->robust, 1);
	if (!err)
		err = pw_casualty_run(casualty, &deed, locks, tidy);
	if (err)
		return err;
	return tidy ? report_control(locks, probe) : report_crash(locks, probe);
}

static int probe_mutex(struct pw_probe *probe)
{
	struct pw_casualty casualty;
	/* Each pass has locks of its own: one that the dead hold cannot be made anew. */
	const size_t size = 2 * sizeof(struct locks);
	struct locks *locks;
	int err = pw_casualty_host(probe);

	if (err)
		return err;
	locks = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (locks == MAP_FAILED)
		return -errno;
	err = pw_casualty_open(&casualty, probe->trial);
	if (!err)
		err = run_pass(&locks[0], probe, &casualty, 0);
	if (!err)
		err = run_pass(&locks[1], probe, &casualty, 1);
	if (!err)
		err = pw_probe_fact(probe, "crashes", casualty.crashes);
	pw_casualty_close(&casualty);
	/* The robust ones of ours are on a list that the kernel goes through at our end. */
	if (locks[0].robust.first)
		pthread_mutex_unlock(&locks[0].robust.mutex);
	if (locks[1].robust.first)
		pthread_mutex_unlock(&locks[1].robust.mutex);
	munmap(locks, size);
	return err;
}

const struct pw_wall pw_wall_leak_mutex = {
	.name = "leak.mutex",
	.probe = probe_mutex,
};
