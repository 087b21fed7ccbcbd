/*
 * The table of faults.  An optimiser may drop or pre-empt an access it can prove
 * wrong, so every commit is a function of its own, called through the table, with
 * a volatile access or assembly in it; and a sanitizer may not look at it first.
 */
#include "faults.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io.h"
#include "victim.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define UNCHECKED __attribute__((noinline, no_sanitize("address", "undefined")))

/* Any kernel address serves, except that of [vsyscall], which user code may run. */
#if defined(__x86_64__)
#define KERNEL_ADDRESS 0xffff888000000000ULL
#define ILL_ASM "ud2"
#elif defined(__aarch64__)
#define KERNEL_ADDRESS 0xffff800000000000ULL
#define ILL_ASM ".inst 0"
#endif

static int map_page(void **address, int protection, int flags, int fd)
{
	*address = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), protection, flags, fd, 0);
	return *address == MAP_FAILED ? -errno : 0;
}

static int prepare_unmapped(struct pw_victim *victim)
{
	int err = map_page(&victim->aim, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (err)
		return err;
	return munmap(victim->aim, (size_t)sysconf(_SC_PAGESIZE)) < 0 ? -errno : 0;
}

static int prepare_readonly(struct pw_victim *victim)
{
	return map_page(&victim->aim, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

/* The file stays empty, so its first page already lies behind the end. */
static int prepare_bus(struct pw_victim *victim)
{
	int fd = memfd_create("partywall-bus", MFD_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = map_page(&victim->aim, PROT_READ, MAP_SHARED, fd);
	pw_io_close(&fd);
	return err;
}

UNCHECKED static void commit_load(void *address)
{
	(void)*(volatile unsigned char *)address;
}

UNCHECKED static void commit_store(void *address)
{
	*(volatile unsigned char *)address = 1;
}

static void commit_abort(void *address)
{
	(void)address;
	abort();
}

#ifdef KERNEL_ADDRESS
static int prepare_kernel(struct pw_victim *victim)
{
	victim->aim = (void *)(uintptr_t)KERNEL_ADDRESS;
	return 0;
}

UNCHECKED static void commit_ill(void *address)
{
	(void)address;
	__asm__ __volatile__(ILL_ASM ::: "memory");
}
#else
#define prepare_kernel NULL
#define commit_ill NULL
#endif

/* On aarch64 a division by zero gives zero; only x86 traps. */
#if defined(__x86_64__)
UNCHECKED static void commit_fpe(void *address)
{
	unsigned int low = 1;
	unsigned int high = 0;

	(void)address;
	__asm__ __volatile__("divl %2" : "+a"(low), "+d"(high) : "r"(0U) : "cc", "memory");
}
#else
#define commit_fpe NULL
#endif

#ifdef KERNEL_ADDRESS
#define commit_kernel commit_load
#else
#define commit_kernel NULL
#endif

static const struct pw_fault faults[] = {
	{ .name = "segv_unmapped", .signal = SIGSEGV, .code_min = SEGV_MAPERR, .code_max = SEGV_MAPERR, .code_other = SEGV_MAPERR,
	  .check_address = 1, .recorded = 1, .raised = 0, .prepare = prepare_unmapped, .commit = commit_load },
	{ .name = "segv_readonly", .signal = SIGSEGV, .code_min = SEGV_ACCERR, .code_max = SEGV_ACCERR, .code_other = SEGV_ACCERR,
	  .check_address = 1, .recorded = 1, .raised = 0, .prepare = prepare_readonly, .commit = commit_store },
	{ .name = "segv_kernel", .signal = SIGSEGV, .code_min = SEGV_MAPERR, .code_max = SEGV_ACCERR, .code_other = SI_KERNEL,
	  .check_address = 1, .recorded = 1, .raised = 0, .prepare = prepare_kernel, .commit = commit_kernel },
	{ .name = "bus", .signal = SIGBUS, .code_min = BUS_ADRERR, .code_max = BUS_ADRERR, .code_other = BUS_ADRERR,
	  .check_address = 1, .recorded = 1, .raised = 0, .prepare = prepare_bus, .commit = commit_load },
	{ .name = "ill", .signal = SIGILL, .code_min = ILL_ILLOPC, .code_max = ILL_BADSTK, .code_other = ILL_ILLOPC,
	  .check_address = 0, .recorded = 1, .raised = 0, .prepare = NULL, .commit = commit_ill },
	{ .name = "fpe", .signal = SIGFPE, .code_min = FPE_INTDIV, .code_max = FPE_INTDIV, .code_other = FPE_INTDIV,
	  .check_address = 0, .recorded = 1, .raised = 0, .prepare = NULL, .commit = commit_fpe },
	{ .name = "abort", .signal = SIGABRT, .code_min = SI_TKILL, .code_max = SI_TKILL, .code_other = SI_TKILL,
	  .check_address = 0, .recorded = 1, .raised = 1, .prepare = NULL, .commit = commit_abort },
};

const struct pw_fault *pw_fault_find(const char *name)
{
	for (size_t i = 0; i < COUNT(faults); i++)
		if (strcmp(faults[i].name, name) == 0)
			return &faults[i];
	return NULL;
}

const struct pw_fault *pw_fault_at(uint32_t index)
{
	return index < COUNT(faults) ? &faults[index] : NULL;
}

int pw_fault_exists(const struct pw_fault *fault)
{
	return fault->commit || fault->attempt;
}

int pw_fault_spares_process(const struct pw_fault *fault)
{
	return fault->effect == PW_EFFECT_THREAD || fault->effect == PW_EFFECT_REFUSAL;
}

int pw_fault_denies(const struct pw_fault *fault)
{
	return fault->attempt && fault->attempt() == -fault->refusal;
}

int pw_fault_code_matches(const struct pw_fault *fault, int code)
{
	return (code >= fault->code_min && code <= fault->code_max) || code == fault->code_other;
}
