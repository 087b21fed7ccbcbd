/*
 * What the kernel says of the memory of tasks and of the machine, read from /proc
 * without stdio and without allocation.
 */
#ifndef PW_CENSUS_H
#define PW_CENSUS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One line of a file under /proc: a word at its begin, such as "Pss:", and the number after it. */
struct pw_census_line {
	const char *word;
	int64_t number;         /* the sum, where several lines begin with the word */
	uint32_t count;         /* lines that do */
};

/* Bytes. */
struct pw_census {
	int64_t pss;            /* resident memory, each shared page divided among those that map it */
	int64_t uss;            /* resident memory that no other process maps */
	int64_t page_tables;    /* of all levels but the top one */
	int64_t kernel_stacks;
	int64_t slab;
	int64_t available;      /* what may still be taken, pages parked by a CPU included */
};

/* Look for the `count` lines in a file.  -EOPNOTSUPP if there is no such file or if it lacks
 * one of them: this kernel does not tell. */
int pw_census_read(const char *path, struct pw_census_line *lines, size_t count);

/* Add pss, uss and page_tables of a process, its threads included. */
int pw_census_process(pid_t pid, struct pw_census *sum);
/* And those of its children, of theirs, and so on. */
int pw_census_family(pid_t pid, struct pw_census *sum);
/* Add kernel_stacks, slab and available, each of the whole machine. */
int pw_census_machine(struct pw_census *sum);

/* Wait until the kernel has freed what `ended` tasks left behind: it does so late and in portions,
 * and what it has not freed yet cannot be seen to be taken anew. */
int pw_census_settle(uint64_t ended);

#endif
