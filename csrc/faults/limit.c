/* A limit of the process that its task runs into. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "procfile.h"
#include "table.h"

#define KIB 1024
/* What is asked for, and never touched; and what is left for all else. */
#define ASKED (64UL * 1024 * 1024)
#define HEADROOM (8UL * 1024 * 1024)
/* Seconds of CPU time, the kernel's unit here: less than one cannot be set.  At the second one the
 * kernel kills, whatever became of its signal at the first one. */
#define CPU_SOFT 1
#define CPU_HARD 3

#if defined(__SANITIZE_ADDRESS__)
#define FOREIGN_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FOREIGN_MALLOC 1
#endif
#endif

int pw_fault_limit(unsigned int resource, uint64_t soft, uint64_t hard)
{
	struct rlimit found;
	struct rlimit limit;

	if (getrlimit(resource, &found) < 0)
		return -errno;
	limit.rlim_max = found.rlim_max < hard ? found.rlim_max : hard;
	limit.rlim_cur = limit.rlim_max < soft ? limit.rlim_max : soft;
	if (setrlimit(resource, &limit) < 0 ||
	    getrlimit(resource, &found) < 0)
		return -errno;
	return found.rlim_cur == limit.rlim_cur && found.rlim_max == limit.rlim_max ? 0 : -EPROTO;
}

static int prepare_cpu(struct pw_victim *victim)
{
	(void)victim;
	return pw_fault_limit(RLIMIT_CPU, CPU_SOFT, CPU_HARD);
}

PW_COMMIT static void commit_spin(void *aim)
{
	(void)aim;
	for (;;)
		__asm__ __volatile__("" : : : "memory");
}

static int prepare_memory(struct pw_victim *victim)
{
	int64_t mapped = pw_procfile_number("/proc/self/status", "VmSize");
	rlim_t limit = (rlim_t)mapped * KIB + HEADROOM;

	(void)victim;
	return mapped < 0 ? (int)mapped : pw_fault_limit(RLIMIT_AS, limit, limit);
}

/* The kernel refuses a mapping, and malloc has nothing to give; a sanitizer's would end the program. */
static int attempt_memory(void)
{
	void *mapping = mmap(NULL, ASKED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int err = mapping == MAP_FAILED ? -errno : 0;
#ifndef FOREIGN_MALLOC
	void *(*volatile allocate)(size_t) = malloc;
	void (*volatile release)(void *) = free;
	void *chunk = allocate(ASKED);

	/* Refused is only what neither of them gives. */
	if (chunk)
		err = 0;
	release(chunk);
#endif
	if (mapping != MAP_FAILED)
		munmap(mapping, ASKED);
	return err;
}

const struct pw_fault pw_faults_limit[] = {
	{ .name = "rlimit_cpu", .signal = SIGXCPU, .code_min = SI_KERNEL, .code_max = SI_KERNEL, .code_other = SI_KERNEL,
	  .recorded = 1, .slow = 1, .prepare = prepare_cpu, .commit = commit_spin },
	{ .name = "rlimit_as", .effect = PW_EFFECT_REFUSAL, .refusal = ENOMEM,
	  .prepare = prepare_memory, .attempt = attempt_memory },
	{ .name = NULL },
};
