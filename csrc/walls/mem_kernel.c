/*
 * mem.kernel: a process cannot load the kernel's memory by its address.
 *
 * The addresses are one of the direct map of all memory, one of the kernel's text as
 * they are where the layout is not random, and the beginnings of the segments that the
 * headers of /proc/kcore name, where this process may read them: there the kernel does
 * have memory.  Its contents are read through no other way.  Never among them is
 * [vsyscall], which user code may run.  The control loads a byte of the process itself.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attempt.h"
#include "io.h"

#define ADDRESSES_MAX 16
#define SEGMENTS_MAX 64
#define VSYSCALL 0xffffffffff600000ULL
#define PAGE 4096ULL

#if defined(__x86_64__)
#define FIXED 0xffff888000000000ULL, 0xffffffff81000000ULL
#define KERNEL_LOWEST 0xffff800000000000ULL
#elif defined(__aarch64__)
#define FIXED 0xffff000000000000ULL, 0xffff800080000000ULL
#define KERNEL_LOWEST 0xfff0000000000000ULL
#endif

struct addresses {
	uint64_t at[ADDRESSES_MAX];
	int count;
	int known;                      /* those that the kernel named itself */
};

#ifdef FIXED
static void add_segment(struct addresses *addresses, const ElfW(Phdr) *segment)
{
	uint64_t begin = segment->p_vaddr;

	if (segment->p_type != PT_LOAD || !segment->p_memsz || begin < KERNEL_LOWEST ||
	    (begin & ~(PAGE - 1)) == VSYSCALL || addresses->count >= ADDRESSES_MAX)
		return;
	addresses->at[addresses->count++] = begin;
	addresses->known++;
}

/* Nothing is lost where this is refused: the fixed addresses are tried alone. */
static void add_known(struct addresses *addresses)
{
	int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	ElfW(Ehdr) header;
	ElfW(Phdr) segment;

	if (fd < 0)
		return;
	if (pread(fd, &header, sizeof(header), 0) == sizeof(header) && header.e_phentsize == sizeof(segment))
		for (int i = 0; i < header.e_phnum && i < SEGMENTS_MAX; i++) {
			off_t at = (off_t)(header.e_phoff + (ElfW(Off))i * sizeof(segment));

			if (pread(fd, &segment, sizeof(segment), at) == sizeof(segment))
				add_segment(addresses, &segment);
		}
	pw_io_close(&fd);
}

/* An address that the CPU finds non-canonical is told to nobody, and its code is SI_KERNEL. */
static int refused(const struct pw_attempt *attempt, const void *address)
{
	if (pw_attempt_refused(attempt, SEGV_MAPERR, address) || pw_attempt_refused(attempt, SEGV_ACCERR, address))
		return 1;
	return pw_attempt_refused(attempt, SI_KERNEL, NULL);
}

static int attack(struct pw_attempt *attempt, const struct addresses *addresses, struct pw_attempt_tally *tally)
{
	int err = 0;

	for (int i = 0; !err && i < addresses->count; i++) {
		void *address = (void *)(uintptr_t)addresses->at[i];

		err = pw_attempt_make(attempt, pw_attempt_load, address);
		if (!err)
			pw_attempt_count(tally, attempt, refused(attempt, address));
	}
	return err;
}

static int report(struct pw_probe *probe, const struct addresses *addresses, const struct pw_attempt_tally *tally)
{
	int err = pw_probe_fact(probe, "addresses_known", addresses->known);

	return err ? err : pw_attempt_report(probe, tally);
}

static int control(struct pw_probe *probe, struct pw_attempt *attempt)
{
	volatile unsigned char own = (unsigned char)(1 + (probe->trial->seed & 0x7f));
	int err = pw_attempt_make(attempt, pw_attempt_load, (void *)(uintptr_t)&own);

	return err ? err : pw_probe_fact(probe, "control_loaded", attempt->passed && attempt->seen == own);
}

static int probe_kernel(struct pw_probe *probe)
{
	struct addresses addresses = { .at = { FIXED }, .count = 2 };
	struct pw_attempt_tally tally = { 0 };
	struct pw_attempt *attempt = pw_attempt_open();
	int err = attempt ? 0 : -errno;

	add_known(&addresses);
	if (!err)
		err = attack(attempt, &addresses, &tally);
	if (!err)
		err = report(probe, &addresses, &tally);
	if (!err)
		err = control(probe, attempt);
	pw_attempt_close(attempt);
	return err;
}
#else
static int probe_kernel(struct pw_probe *probe)
{
	return pw_probe_refuse(probe, -EOPNOTSUPP, "no kernel address is known for this architecture");
}
#endif

const struct pw_wall pw_wall_mem_kernel = {
	.name = "mem.kernel",
	.probe = probe_kernel,
};
