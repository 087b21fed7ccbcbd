/*
 * Deliberate crashes, each with the cause that the kernel must report for it:
 * a death by the right signal for the wrong reason proves nothing.
 */
#ifndef PW_FAULTS_H
#define PW_FAULTS_H

#include <stdint.h>

struct pw_fault {
	const char *name;
	int signal;
	int code_min;                   /* si_code: a range, as ud2 and udf differ, ... */
	int code_max;
	int code_other;                 /* ... or this one; equal to code_min if there is none */
	int check_address;              /* si_addr must be what prepare said */
	int (*prepare)(void **address); /* NULL: nothing to prepare.  Leaks: the caller is to die */
	void (*commit)(void *address);  /* NULL: this architecture has no such fault */
};

/* NULL where there is no fault of that name, or behind the last one. */
const struct pw_fault *pw_fault_find(const char *name);
const struct pw_fault *pw_fault_at(uint32_t index);

int pw_fault_code_matches(const struct pw_fault *fault, int code);
/* 1 too where this fault has no address to check. */
int pw_fault_address_matches(const struct pw_fault *fault, int code, uint64_t address, uint64_t expected);

#endif
