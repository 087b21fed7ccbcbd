/*
 * Every member is bound to the one that made it, waits at a pipe that ends with us, and reaps
 * its own before it ends: so nobody is left, and nobody has to be looked for.
 */
#include "bomb.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/victim.h"
#include "io.h"
#include "partywall.h"
#include "task.h"

int pw_bomb_open(struct pw_bomb *bomb)
{
	void *memory = mmap(NULL, sizeof(*bomb->tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*bomb = (struct pw_bomb){ .duplex = { { -1, -1 }, { -1, -1 } } };
	if (memory == MAP_FAILED)
		return -errno;
	bomb->tally = memory;
	return 0;
}

/* As a member: make more, and let them do the same. */
static void make_members(struct pw_bomb_tally *tally)
{
	while (atomic_fetch_add(&tally->tried, 1) < PW_BOMB_MOST) {
		pid_t self = getpid();
		pid_t pid;

		/* Counted before it exists: nobody is to take all for settled meanwhile. */
		atomic_fetch_add(&tally->members, 1);
		pid = fork();
		if (pid == 0 && pw_task_bind_to_parent(self))
			_exit(1);
		if (pid < 0) {
			atomic_store(&tally->refusal, errno);
			atomic_fetch_add(&tally->refused, 1);
			atomic_fetch_sub(&tally->members, 1);
			break;
		}
	}
}

_Noreturn static void be_member(struct pw_bomb *bomb)
{
	struct pw_bomb_tally *tally = bomb->tally;
	int failed = 0;
	int status;
	char byte;

	make_members(tally);
	if (atomic_fetch_add(&tally->settled, 1) == atomic_load(&tally->members))
		failed = pw_io_write_all(bomb->duplex.reply[1], "", 1) != 0;
	pw_io_read_all(bomb->duplex.request[0], &byte, 1);
	while (wait(&status) > 0)
		failed |= status;
	_exit(failed ? 1 : 0);
}

static int begin(struct pw_bomb *bomb, int (*confine)(void *argument), void *argument, pid_t parent)
{
	int err = pw_victim_enter(parent);

	pw_io_close(&bomb->duplex.request[1]);
	pw_io_close(&bomb->duplex.reply[0]);
	if (!err && confine)
		err = confine(argument);
	/* What confines may have taken the bond away. */
	return err ? err : pw_task_bind_to_parent(parent);
}

int pw_bomb_start(struct pw_bomb *bomb, int (*confine)(void *argument), void *argument)
{
	pid_t parent = getpid();
	char byte;
	int err = pw_duplex_open(&bomb->duplex);

	if (err)
		return err;
	bomb->pid = fork();
	if (bomb->pid == 0) {
		err = begin(bomb, confine, argument, parent);
		atomic_store(&bomb->tally->error, err);
		if (err)
			_exit(1);
		be_member(bomb);
	}
	if (bomb->pid < 0) {
		bomb->pid = 0;
		return -errno;
	}
	pw_io_close(&bomb->duplex.request[0]);
	pw_io_close(&bomb->duplex.reply[1]);
	err = pw_io_read_all(bomb->duplex.reply[0], &byte, 1);
	/* It has said what it failed with. */
	return err && bomb->tally->error ? bomb->tally->error : err;
}

int pw_bomb_end(struct pw_bomb *bomb)
{
	pid_t pid = bomb->pid;

	pw_duplex_close(&bomb->duplex);
	if (!pid)
		return 0;
	bomb->pid = 0;
	return pw_task_wait_exit(pid, 0);
}

void pw_bomb_close(struct pw_bomb *bomb)
{
	pw_bomb_end(bomb);
	if (bomb->tally)
		munmap(bomb->tally, sizeof(*bomb->tally));
}
