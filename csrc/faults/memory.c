/* An address that may not be read, written or executed. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io.h"
#include "table.h"

/* Of kernel addresses any serves, except that of [vsyscall], which user code may run. */
#if defined(__x86_64__)
#define KERNEL_ADDRESS 0xffff888000000000ULL
/* Neither the lower nor the upper half, whatever number of levels the page tables have. */
#define NONCANONICAL_ADDRESS 0x8000000000000000ULL
#define JUMP "jmp *%0"
#elif defined(__aarch64__)
#define KERNEL_ADDRESS 0xffff800000000000ULL
#define JUMP "br %0"
#endif

/* Not every C library names it. */
#ifndef PKEY_DISABLE_ACCESS
#define PKEY_DISABLE_ACCESS 1
#endif

#define STACK_LIMIT (256UL * 1024)
#define STACK_USUAL (8UL * 1024 * 1024)
#define STACK_SLACK (1024UL * 1024)
/* Less than the smallest guard, so that no call can step over it. */
#define STACK_FRAME 1024

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static int map_page(void **address, int protection, int flags, int fd)
{
	*address = mmap(NULL, page_size(), protection, flags, fd, 0);
	return *address == MAP_FAILED ? -errno : 0;
}

static int prepare_unmapped(struct pw_victim *victim)
{
	int err = map_page(&victim->aim, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	if (err)
		return err;
	return munmap(victim->aim, page_size()) < 0 ? -errno : 0;
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

/* The rights that go with a new key are those of the calling thread alone. */
static int prepare_pkey(struct pw_victim *victim)
{
	int err = map_page(&victim->aim, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	long key;

	if (err)
		return err;
	key = syscall(SYS_pkey_alloc, 0, PKEY_DISABLE_ACCESS);
	/* Nothing is wrong with the arguments: this is what a kernel without keys has against them. */
	if (key < 0)
		return errno == EINVAL ? -EOPNOTSUPP : -errno;
	return syscall(SYS_pkey_mprotect, victim->aim, page_size(), PROT_READ | PROT_WRITE, key) < 0 ? -errno : 0;
}

/* The limit is that of the first thread's stack; those of others have been mapped already. */
static int prepare_stack(struct pw_victim *victim)
{
	uint64_t here = (uint64_t)(uintptr_t)__builtin_frame_address(0);
	struct rlimit limit;
	uint64_t reach;

	if (getrlimit(RLIMIT_STACK, &limit) < 0)
		return -errno;
	reach = limit.rlim_cur > STACK_USUAL && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur : STACK_USUAL;
	reach += STACK_SLACK;
	victim->expected_address = here - reach;
	victim->expected_span = reach;
	return pw_fault_limit(RLIMIT_STACK, STACK_LIMIT, limit.rlim_max);
}

PW_COMMIT static void commit_load(void *aim)
{
	(void)*(volatile unsigned char *)aim;
}

PW_COMMIT static void commit_store(void *aim)
{
	*(volatile unsigned char *)aim = 1;
}

PW_COMMIT static unsigned int descend(volatile unsigned int *depth)
{
	volatile unsigned char frame[STACK_FRAME];

	frame[0] = (unsigned char)*depth;
	/* Always so, but no compiler may know it. */
	if (++*depth)
		return descend(depth) + frame[0];
	return frame[0];
}

static void commit_stack(void *aim)
{
	volatile unsigned int depth = 0;

	(void)aim;
	descend(&depth);
}

#ifdef KERNEL_ADDRESS
static int prepare_kernel(struct pw_victim *victim)
{
	victim->aim = (void *)(uintptr_t)KERNEL_ADDRESS;
	return 0;
}

/* Were it executed after all, what stands there would end it by another signal. */
static int prepare_exec(struct pw_victim *victim)
{
	int err = map_page(&victim->aim, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
#if defined(__x86_64__)
	static const unsigned char illegal[] = { 0x0f, 0x0b };

	if (!err)
		memcpy(victim->aim, illegal, sizeof(illegal));
#endif
	return err;
}

PW_COMMIT static void commit_exec(void *aim)
{
	__asm__ __volatile__(JUMP : : "r"(aim) : "memory");
}

#define commit_kernel commit_load
#else
#define prepare_kernel NULL
#define commit_kernel NULL
#define prepare_exec NULL
#define commit_exec NULL
#endif

#ifdef NONCANONICAL_ADDRESS
static int prepare_noncanonical(struct pw_victim *victim)
{
	victim->aim = (void *)(uintptr_t)NONCANONICAL_ADDRESS;
	return 0;
}

#define commit_noncanonical commit_load
#else
#define prepare_noncanonical NULL
#define commit_noncanonical NULL
#endif

#define SEGV(from, to, other)                                                   \
	.signal = SIGSEGV, .code_min = (from), .code_max = (to), .code_other = (other), .check_address = 1, .recorded = 1

const struct pw_fault pw_faults_memory[] = {
	{ .name = "segv_unmapped", SEGV(SEGV_MAPERR, SEGV_MAPERR, SEGV_MAPERR),
	  .prepare = prepare_unmapped, .commit = commit_load },
	{ .name = "segv_readonly", SEGV(SEGV_ACCERR, SEGV_ACCERR, SEGV_ACCERR),
	  .prepare = prepare_readonly, .commit = commit_store },
	{ .name = "segv_exec", SEGV(SEGV_ACCERR, SEGV_ACCERR, SEGV_ACCERR),
	  .prepare = prepare_exec, .commit = commit_exec },
	{ .name = "segv_kernel", SEGV(SEGV_MAPERR, SEGV_ACCERR, SI_KERNEL),
	  .prepare = prepare_kernel, .commit = commit_kernel },
	{ .name = "segv_noncanonical", SEGV(SI_KERNEL, SI_KERNEL, SI_KERNEL),
	  .prepare = prepare_noncanonical, .commit = commit_noncanonical,
	  .needs = "addresses that belong to neither half, as x86 has" },
	{ .name = "segv_pkey", SEGV(SEGV_PKUERR, SEGV_PKUERR, SEGV_PKUERR),
	  .prepare = prepare_pkey, .commit = commit_load,
	  .needs = "memory protection keys, which this CPU or kernel does not offer (pku in /proc/cpuinfo)" },
	/* Below the first thread's stack nothing is mapped; below others lies a guard. */
	{ .name = "stack_overflow", SEGV(SEGV_MAPERR, SEGV_ACCERR, SEGV_MAPERR),
	  .prepare = prepare_stack, .commit = commit_stack },
	{ .name = "bus", .signal = SIGBUS, .code_min = BUS_ADRERR, .code_max = BUS_ADRERR, .code_other = BUS_ADRERR,
	  .check_address = 1, .recorded = 1, .prepare = prepare_bus, .commit = commit_load },
	{ .name = NULL },
};
