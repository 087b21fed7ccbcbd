/* Runs between fork and death, and in the memory of others: async-signal-safe calls only. */
#include "faller.h"

#include <errno.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "futex.h"
#include "io.h"
#include "task.h"

static struct pw_faller *map(int fd)
{
	void *memory = mmap(NULL, sizeof(struct pw_faller), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

int pw_faller_open(struct pw_faller **faller, int *fd)
{
	*faller = NULL;
	*fd = memfd_create("partywall-faller", MFD_CLOEXEC);
	if (*fd < 0 || ftruncate(*fd, sizeof(struct pw_faller)) < 0)
		return -errno;
	*faller = map(*fd);
	return *faller ? 0 : -errno;
}

struct pw_faller *pw_faller_attach(int fd)
{
	struct pw_faller *faller = map(fd);

	pw_io_close(&fd);
	return faller;
}

void pw_faller_close(struct pw_faller *faller, int *fd)
{
	if (faller)
		munmap(faller, sizeof(*faller));
	pw_io_close(fd);
}

void pw_faller_forget(struct pw_faller *faller)
{
	faller->heir = -1;
	faller->pid = 0;
	atomic_store(&faller->ready, 0);
	faller->confined = 0;
	faller->made = 0;
	atomic_store(&faller->gate, 0);
	pw_victim_forget(&faller->victim);
}

int pw_faller_enter(const struct pw_faller *faller)
{
	int err = pw_victim_enter(faller->parent);

	return err ? err : pw_task_pin(faller->cpu);
}

void pw_faller_approach(struct pw_faller *faller, const struct pw_fault *fault, struct pw_canary *canary)
{
	int err = 0;

	faller->pid = getpid();
	if (faller->noted && canary) {
		pw_canary_scribble(canary);
		faller->victim.scribbled = pw_canary_changed(canary);
	}
	if (faller->noted)
		err = pw_victim_record(&faller->victim, fault);
	if (err)
		pw_victim_fail(&faller->victim, err);
	err = pw_futex_post(&faller->ready, 1);
	if (!err)
		err = pw_futex_wait_while(&faller->gate, 0);
	if (err)
		pw_victim_fail(&faller->victim, err);
	/* The wake-up may have taken the CPU from who is about to wait for our end. */
	sched_yield();
}

void pw_faller_fall(struct pw_faller *faller, const struct pw_fault *fault, struct pw_canary *canary)
{
	pw_faller_approach(faller, fault, canary);
	if (faller->harmless)
		_exit(PW_VICTIM_UNHURT);
	pw_victim_fall(&faller->victim, fault, faller->clock);
}

int pw_faller_release(struct pw_faller *faller)
{
	return pw_futex_post(&faller->gate, 1);
}
