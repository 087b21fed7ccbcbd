/*
 * The only clock reads of the core.  begin may not start before earlier work
 * has finished, end may not be overtaken by later work (Intel white paper
 * 324264; on aarch64 the isb plays that part).
 */
#ifndef PW_CLOCK_H
#define PW_CLOCK_H

#include <time.h>

#include "partywall.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#define PW_NS_PER_S 1000000000ULL

static inline uint64_t pw_clock_raw_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
	return (uint64_t)ts.tv_sec * PW_NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* The date in `ns` from now, below a second: a deadline for calls that POSIX gives no other clock. */
static inline struct timespec pw_clock_date_in(long ns)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_nsec += ns;
	if (ts.tv_nsec >= (long)PW_NS_PER_S) {
		ts.tv_nsec -= (long)PW_NS_PER_S;
		ts.tv_sec++;
	}
	return ts;
}

static inline uint64_t pw_clock_begin(uint32_t source)
{
#if defined(__x86_64__)
	if (source == PW_CLOCK_TSC) {
		uint64_t ticks;

		_mm_lfence();
		ticks = __rdtsc();
		__asm__ __volatile__("" ::: "memory");
		return ticks;
	}
#elif defined(__aarch64__)
	if (source == PW_CLOCK_CNTVCT) {
		uint64_t ticks;

		__asm__ __volatile__("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks) :: "memory");
		return ticks;
	}
#endif
	return pw_clock_raw_ns();
}

/* *cpu is the CPU the read happened on, or left alone if the source cannot say. */
static inline uint64_t pw_clock_end(uint32_t source, uint32_t *cpu)
{
#if defined(__x86_64__)
	if (source == PW_CLOCK_TSC) {
		uint64_t ticks;
		unsigned int aux;

		__asm__ __volatile__("" ::: "memory");
		ticks = __rdtscp(&aux);
		_mm_lfence();
		*cpu = aux & 0xfff;     /* Linux keeps the node in the bits above */
		return ticks;
	}
#elif defined(__aarch64__)
	if (source == PW_CLOCK_CNTVCT) {
		uint64_t ticks;

		__asm__ __volatile__("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks) :: "memory");
		return ticks;
	}
#endif
	(void)cpu;
	return pw_clock_raw_ns();
}

#endif
