/*
 * mem.foreign_pointer: an address says nothing in another process.
 *
 * The worker keeps secrets in four kinds of its memory.  For each of them it execs a
 * program that waits until the secret is there, drawn at random only then, and loads the
 * words at the secret's address.  That ends in a SEGV, or finds what the program itself has
 * there; never the secret.  The control is the same load in a thread of the worker.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "io.h"
#include "layout.h"
#include "task.h"
#include "wall.h"

enum { IN_DATA, IN_HEAP, IN_STACK, IN_MAPPING, PLACES };

#define SECRET_SIZE (PW_LAYOUT_WORDS * sizeof(uint64_t))

struct tally {
	int64_t answered;
	int64_t faulted;
	int64_t loaded;                 /* the program has something of its own there */
	int64_t other;
	int64_t seen;                   /* words of the secret */
	int64_t control_seen;
};

static int64_t seen_words(const struct pw_loaded *loaded, const uint64_t *secret)
{
	int64_t count = 0;

	for (int i = 0; i < PW_LAYOUT_WORDS; i++)
		count += loaded->words[i] == secret[i];
	return count;
}

static void count(struct tally *tally, const struct pw_loaded *loaded, const uint64_t *secret)
{
	uint64_t begin = (uint64_t)(uintptr_t)secret;
	int inside = loaded->address >= begin && loaded->address < begin + SECRET_SIZE;

	tally->answered++;
	tally->seen += seen_words(loaded, secret);
	if (!loaded->signal)
		tally->loaded++;
	else if (loaded->signal == SIGSEGV && inside)
		tally->faulted++;
	else
		tally->other++;
}

/* The secret is drawn when the program is there, so that no copy of it can have been made before. */
static int draw(uint64_t *secret)
{
	ssize_t got = getrandom(secret, SECRET_SIZE, 0);

	if (got < 0)
		return -errno;
	return got == (ssize_t)SECRET_SIZE ? 0 : -EIO;
}

static int attack(struct pw_layout_run *run, uint64_t *secret, struct tally *tally)
{
	struct pw_loaded loaded;
	int go[2];
	int ended;
	int err;

	if (pipe2(go, O_CLOEXEC) < 0)
		return -errno;
	err = pw_layout_start(run, go[0], (uint64_t)(uintptr_t)secret);
	pw_io_close(&go[0]);
	if (!err) {
		err = draw(secret);
		if (!err)
			err = pw_io_write_all(go[1], "", 1);
		pw_io_close(&go[1]);
		ended = pw_layout_finish(run, &loaded, sizeof(loaded));
		err = err ? err : ended;
	}
	pw_io_close(&go[1]);
	if (!err)
		count(tally, &loaded, secret);
	return err;
}

struct look {
	const uint64_t *secret;
	struct pw_loaded loaded;
};

static void *look_in_thread(void *argument)
{
	struct look *look = argument;

	pw_layout_load(&look->loaded, (uint64_t)(uintptr_t)look->secret);
	return NULL;
}

static int control(const uint64_t *secret, struct tally *tally)
{
	struct look look = { .secret = secret };
	pthread_t thread;
	int err = -pthread_create(&thread, NULL, look_in_thread, &look);

	if (!err)
		err = -pthread_join(thread, NULL);
	if (!err)
		tally->control_seen += seen_words(&look.loaded, secret);
	return err;
}

static int report(struct pw_probe *probe, const struct tally *tally)
{
	const struct pw_fact facts[] = {
		{ "programs", PLACES },
		{ "programs_answered", tally->answered },
		{ "programs_faulted", tally->faulted },
		{ "programs_loaded_own", tally->loaded },
		{ "other_endings", tally->other },
		{ "secret_words", PLACES * PW_LAYOUT_WORDS },
		{ "secret_words_seen", tally->seen },
		{ "control_words_seen", tally->control_seen },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(probe, facts[i].name, facts[i].value);
	return err;
}

static int attack_places(struct pw_layout_run *run, uint64_t *const *secrets, struct tally *tally)
{
	int err = 0;

	for (int i = 0; !err && i < PLACES; i++) {
		err = attack(run, secrets[i], tally);
		if (!err)
			err = control(secrets[i], tally);
	}
	return err;
}

static int probe_pointer(struct pw_probe *probe)
{
	static uint64_t data[PW_LAYOUT_WORDS];
	uint64_t stack[PW_LAYOUT_WORDS];
	uint64_t *heap = malloc(SECRET_SIZE);
	void *mapping = mmap(NULL, SECRET_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t *const secrets[] = { data, heap, stack, mapping };
	struct tally tally = { 0 };
	struct pw_layout_run run;
	int err = heap && mapping != MAP_FAILED ? 0 : -ENOMEM;

	memset(stack, 0, sizeof(stack));
	if (!err)
		err = pw_layout_find(&run, probe->trial);
	if (!err)
		err = attack_places(&run, secrets, &tally);
	if (!err)
		err = report(probe, &tally);
	free(heap);
	if (mapping != MAP_FAILED)
		munmap(mapping, SECRET_SIZE);
	return err;
}

const struct pw_wall pw_wall_mem_foreign_pointer = {
	.name = "mem.foreign_pointer",
	.probe = probe_pointer,
};
