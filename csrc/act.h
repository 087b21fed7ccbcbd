/*
 * What a guest may do to the one that called it, and the memory in which both tell how it went.
 *
 * The same routine is committed in whatever holds the guest: a function that is called, a thread,
 * a process in any confinement, or a program of its own.
 */
#ifndef PW_ACT_H
#define PW_ACT_H

#include <stdatomic.h>
#include <stdint.h>

#include "partywall.h"

enum pw_act_kind {
	PW_ACT_NULL_DEREF,
	PW_ACT_ABORT,
	PW_ACT_EXIT,
	PW_ACT_INFINITE_LOOP,
	PW_ACT_EAT_MEMORY,
	PW_ACT_READ_SECRET,
	PW_ACT_READ_VIA_KERNEL,
	PW_ACT_WRITE_NEIGHBOUR,
	PW_ACT_OPEN_FILE,
	PW_ACT_OPEN_SOCKET,
	PW_ACT_KILL_CALLER,
	PW_ACT_FORK_BOMB,
	PW_ACT_COUNT
};

#define PW_ACT_SECRET 64
/* More than a container may have (confinement.h), and less than would hurt anybody. */
#define PW_ACT_BYTES (24ULL * 1024 * 1024)
#define PW_ACT_FORKS 12

/* Lies in a shared mapping with a descriptor, so that a program that was exec'd finds it too. */
struct pw_act {
	/* told */
	uint32_t kind;
	int32_t caller;                 /* process id, as the caller knows it */
	uint32_t port;                  /* on which it listens, in the order of the network */
	uint64_t secret;                /* addresses in the memory of the caller */
	uint64_t neighbour;
	char path[PW_PATH_MAX];
	_Atomic uint32_t gate;          /* 1: go on */
	/* what the guest tells */
	volatile int32_t confined;      /* 1: it has seen the restriction in force */
	_Atomic uint32_t ready;         /* 1: at the gate */
	_Atomic uint32_t entered;       /* 1: the next thing is the act */
	_Atomic uint32_t returned;      /* 1: it came past it */
	volatile int32_t error;         /* errno of what was refused, as a positive number */
	_Atomic uint64_t count;         /* of bytes taken, processes made or turns */
	unsigned char loot[PW_ACT_SECRET];
	/* what the caller tells */
	volatile int32_t seen;          /* 1: the kernel says that the guest is confined */
	volatile int32_t stopped;       /* the loop has come to its end */
	volatile int32_t connected;
	volatile uint64_t leaked;       /* bytes of the loot that are the secret */
	volatile uint64_t changed;      /* bytes of the neighbour that are not as they were */
	_Atomic uint32_t back;          /* 1: it has control again, and has looked */
};

/* Returns where the act has not ended the task. */
void pw_act_commit(struct pw_act *act);
/* Say that the guest is there, and wait until it may go on. */
void pw_act_await(struct pw_act *act);
/* The mapping behind the descriptor; NULL with errno set. */
struct pw_act *pw_act_attach(int fd);

#endif
