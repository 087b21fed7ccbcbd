/*
 * mem.remanence: what a process leaves in memory does not reach the next owner.
 *
 * A victim fills 64 MiB with a random word and exits.  Then an attacker takes a quarter of
 * the memory that may be taken, as the setting "available" says, at most 1 GiB, and looks
 * through it.  Each page is written to first, in its first word, which is not looked at
 * again: a page that is only read would be the common page of zeroes, and prove nothing.
 * The control makes the same search in memory that one process filled and used again.
 * Where frame numbers are visible, those of the victim that came to the attacker are
 * counted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "io.h"
#include "pagemap.h"
#include "pages.h"
#include "setting.h"
#include "task.h"
#include "wall.h"

#define VICTIM_SIZE (64ULL << 20)
#define VICTIM_SHARE 16
#define ATTACKER_MOST (1ULL << 30)
#define ATTACKER_SHARE 4
#define ATTACKER_LEAST (4 * VICTIM_SIZE)
#define REUSED_SIZE (64 * 1024)
#define FRAMES_AT_ONCE 512
#define SLOTS (4 * VICTIM_SIZE / 4096)          /* a power of two; at most half of it is ever used */

/* Lies in a mapping that victim, attacker and worker share. */
struct remanence {
	uint64_t tag;
	uint64_t filled;                /* words */
	uint64_t pages;
	uint64_t hits;                  /* words that are the tag */
	uint64_t nonzero;               /* words that are anything */
	uint64_t reused_hits;
	uint64_t allocated_hits;
	int64_t recycled;               /* -1: frame numbers are hidden */
	int32_t frames_known;
	uint64_t frames[SLOTS];         /* of the victim; open addressing, 0 is free */
};

static uint64_t *slot_of(struct remanence *shared, uint64_t frame)
{
	uint64_t at = frame * 0x9e3779b97f4a7c15ULL >> 32;

	while (shared->frames[at % SLOTS] && shared->frames[at % SLOTS] != frame)
		at++;
	return &shared->frames[at % SLOTS];
}

/* Not dead stores, although nobody in this process will read them. */
static uint64_t fill(void *memory, size_t size, uint64_t tag)
{
	volatile uint64_t *word = memory;
	uint64_t count = size / sizeof(*word);

	for (uint64_t i = 0; i < count; i++)
		word[i] = tag;
	return count;
}

/* The attack: own the page, then look for what was there. */
static void search(void *memory, size_t size, struct remanence *shared)
{
	size_t words = pw_pages_size() / sizeof(uint64_t);

	for (char *page = memory; page < (char *)memory + size; page += pw_pages_size()) {
		volatile uint64_t *word = (void *)page;
		uint64_t any = 0;

		word[0] = 0;
		for (size_t i = 1; i < words; i++)
			any |= word[i];
		shared->pages++;
		for (size_t i = 1; any && i < words; i++) {
			shared->nonzero += word[i] != 0;
			shared->hits += word[i] == shared->tag;
		}
	}
}

/* Call `each` with the frames of the memory, or leave -1 where they are hidden. */
static int visit_frames(struct remanence *shared, const char *memory, size_t size,
			void (*each)(struct remanence *shared, uint64_t frame))
{
	uint64_t frames[FRAMES_AT_ONCE];
	int map = pw_pagemap_open();
	int visible = 0;
	int err = map < 0 ? map : 0;

	for (size_t at = 0; !err && at < size; at += FRAMES_AT_ONCE * pw_pages_size()) {
		err = pw_pagemap_read(map, memory + at, FRAMES_AT_ONCE, frames);
		for (int i = 0; !err && i < FRAMES_AT_ONCE; i++) {
			visible |= frames[i] != 0;
			if (frames[i])
				each(shared, frames[i]);
		}
	}
	pw_io_close(&map);
	return !err && visible;
}

static void remember(struct remanence *shared, uint64_t frame)
{
	*slot_of(shared, frame) = frame;
}

static void recognise(struct remanence *shared, uint64_t frame)
{
	shared->recycled += *slot_of(shared, frame) == frame;
}

static int be_victim(struct remanence *shared, size_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	if (getrandom(&shared->tag, sizeof(shared->tag), 0) != sizeof(shared->tag))
		return -EIO;
	shared->tag |= 1;
	shared->filled = fill(memory, size, shared->tag);
	shared->frames_known = visit_frames(shared, memory, size, remember);
	return 0;
}

static int be_attacker(struct remanence *shared, size_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return -errno;
	search(memory, size, shared);
	shared->recycled = 0;
	if (!shared->frames_known || !visit_frames(shared, memory, size, recognise))
		shared->recycled = -1;
	return 0;
}

/* In one process: the same mapping used again, and what malloc gives back after free. */
static int be_control(struct remanence *shared, size_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t *volatile block = malloc(REUSED_SIZE);

	if (memory == MAP_FAILED || !block)
		return -ENOMEM;
	fill(memory, size, shared->tag);
	search(memory, size, shared);
	shared->reused_hits = shared->hits;
	fill(block, REUSED_SIZE, shared->tag);
	free(block);
	block = malloc(REUSED_SIZE);
	if (!block)
		return -ENOMEM;
	for (size_t i = 0; i < REUSED_SIZE / sizeof(*block); i++)
		shared->allocated_hits += ((volatile uint64_t *)block)[i] == shared->tag;
	free(block);
	return 0;
}

/* A role is a process of its own, whose exit status is its errno. */
static int play(int (*role)(struct remanence *shared, size_t size), struct remanence *shared, size_t size)
{
	pid_t parent = getpid();
	pid_t pid = fork();
	int status;
	int err;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		err = pw_task_bind_to_parent(parent);
		_exit(-(err ? err : role(shared, size)));
	}
	err = pw_task_wait(pid, &status);
	if (err || !status)
		return err;
	return status & 0x7f ? -ECHILD : -(status >> 8);
}

static int report_attack(struct pw_probe *probe, const struct remanence *shared, uint64_t victim, uint64_t attacker)
{
	const struct pw_fact facts[] = {
		{ "victim_bytes", (int64_t)victim },
		{ "victim_filled", (int64_t)(shared->filled * sizeof(uint64_t)) },
		{ "attacker_pages", (int64_t)(attacker / pw_pages_size()) },
		{ "pages_searched", (int64_t)shared->pages },
		{ "pattern_hits", (int64_t)shared->hits },
		{ "nonzero_words", (int64_t)shared->nonzero },
		{ "frames_recycled", shared->recycled },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(probe, facts[i].name, facts[i].value);
	return err;
}

static int report_control(struct pw_probe *probe, const struct remanence *shared)
{
	size_t page = pw_pages_size();
	size_t words = REUSED_SIZE / page * (page / sizeof(uint64_t) - 1);
	int err = pw_probe_fact(probe, "control_hits", (int64_t)shared->reused_hits);

	if (!err)
		err = pw_probe_fact(probe, "control_expected", (int64_t)words);
	return err ? err : pw_probe_fact(probe, "malloc_reuse_hits", (int64_t)shared->allocated_hits);
}

/* Whole multiples of what is looked at at once. */
static uint64_t share(uint64_t available, uint64_t divisor, uint64_t most)
{
	uint64_t unit = FRAMES_AT_ONCE * pw_pages_size();
	uint64_t size = available / divisor;

	return (size < most ? size : most) / unit * unit;
}

static int run(struct pw_probe *probe, struct remanence *shared, uint64_t available)
{
	uint64_t victim = share(available, VICTIM_SHARE, VICTIM_SIZE);
	uint64_t attacker = share(available, ATTACKER_SHARE, ATTACKER_MOST);
	int err = play(be_victim, shared, victim);

	if (!err)
		err = play(be_attacker, shared, attacker);
	if (!err)
		err = report_attack(probe, shared, victim, attacker);
	shared->pages = shared->hits = shared->nonzero = 0;
	if (!err)
		err = play(be_control, shared, REUSED_SIZE);
	return err ? err : report_control(probe, shared);
}

static int probe_remanence(struct pw_probe *probe)
{
	uint64_t available = pw_setting_number(probe->trial, "available", 0);
	struct remanence *shared;
	int err;

	if (available < ATTACKER_LEAST)
		return pw_probe_refuse(probe, -ENOMEM, "less than 256 MiB of memory are available: too little to look "
				       "through without harm to others");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -errno;
	err = run(probe, shared, available);
	munmap(shared, sizeof(*shared));
	return err;
}

const struct pw_wall pw_wall_mem_remanence = {
	.name = "mem.remanence",
	.probe = probe_remanence,
};
