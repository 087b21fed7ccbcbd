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

static int prepare_unmapped(void **address)
{
	int err = map_page(address, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (err)
		return err;
	return munmap(*address, (size_t)sysconf(_SC_PAGESIZE)) < 0 ? -errno : 0;
}

static int prepare_readonly(void **address)
{
	return map_page(address, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

/* The file stays empty, so its first page already lies behind the end. */
static int prepare_bus(void **address)
{
	int fd = memfd_create("partywall-bus", MFD_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = map_page(address, PROT_READ, MAP_SHARED, fd);
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
static int prepare_kernel(void **address)
{
	*address = (void *)(uintptr_t)KERNEL_ADDRESS;
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
	{ "segv_unmapped", SIGSEGV, SEGV_MAPERR, SEGV_MAPERR, SEGV_MAPERR, 1, prepare_unmapped, commit_load },
	{ "segv_readonly", SIGSEGV, SEGV_ACCERR, SEGV_ACCERR, SEGV_ACCERR, 1, prepare_readonly, commit_store },
	{ "segv_kernel", SIGSEGV, SEGV_MAPERR, SEGV_ACCERR, SI_KERNEL, 1, prepare_kernel, commit_kernel },
	{ "bus", SIGBUS, BUS_ADRERR, BUS_ADRERR, BUS_ADRERR, 1, prepare_bus, commit_load },
	{ "ill", SIGILL, ILL_ILLOPC, ILL_BADSTK, ILL_ILLOPC, 0, NULL, commit_ill },
	{ "fpe", SIGFPE, FPE_INTDIV, FPE_INTDIV, FPE_INTDIV, 0, NULL, commit_fpe },
	{ "abort", SIGABRT, SI_TKILL, SI_TKILL, SI_TKILL, 0, NULL, commit_abort },
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

int pw_fault_code_matches(const struct pw_fault *fault, int code)
{
	return (code >= fault->code_min && code <= fault->code_max) || code == fault->code_other;
}

int pw_fault_address_matches(const struct pw_fault *fault, int code, uint64_t address, uint64_t expected)
{
	if (!fault->check_address)
		return 1;
	/* The CPU does not tell the kernel the address of a non-canonical access. */
	return address == expected || (code == SI_KERNEL && !address);
}
