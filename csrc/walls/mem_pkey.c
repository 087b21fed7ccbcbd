/*
 * mem.pkey: a page whose protection key denies access is not read or written.
 *
 * In a child the key's rights are taken away and the page is used: SEGV_PKUERR at its
 * address, for a load with access disabled and for a store with writing disabled.  The
 * control makes the same accesses with the key's rights in place.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attempt.h"
#include "pages.h"

/* As in the kernel's headers; old C libraries lack them and the wrappers. */
#define ACCESS_DISABLED 1UL
#define WRITE_DISABLED 2UL
#define CODE_PKUERR 4

#if defined(__x86_64__) && defined(SYS_pkey_alloc)
/* WRPKRU needs no system call, and therefore no permission: any thread can give itself the rights back. */
static void set_rights(int key, unsigned long rights)
{
	unsigned int value;

	__asm__ __volatile__(".byte 0x0f, 0x01, 0xee" : "=a"(value) : "c"(0) : "rdx");
	value &= ~(3U << (2 * key));
	value |= (unsigned int)rights << (2 * key);
	__asm__ __volatile__(".byte 0x0f, 0x01, 0xef" : : "a"(value), "c"(0), "d"(0) : "memory");
}

struct access {
	const char *name;
	const char *control;
	pw_attempt_access *access;
	unsigned long denied;
};

static const struct access accesses[] = {
	{ "passed_load", "control_load", pw_attempt_load, ACCESS_DISABLED },
	{ "passed_store", "control_store", pw_attempt_store, WRITE_DISABLED },
};

static int probe_access(struct pw_probe *probe, const struct access *access, struct pw_attempt *attempt, char *page,
			int key, struct pw_attempt_tally *tally)
{
	int err;

	/* The register is the thread's, and a child inherits it. */
	set_rights(key, access->denied);
	err = pw_attempt_make(attempt, access->access, page);
	set_rights(key, 0);
	if (err)
		return err;
	pw_attempt_count(tally, attempt, pw_attempt_refused(attempt, CODE_PKUERR, page));
	err = pw_probe_fact(probe, access->name, attempt->passed);
	if (!err)
		err = pw_attempt_make(attempt, access->access, page);
	return err ? err : pw_probe_fact(probe, access->control, attempt->passed);
}

static int probe_page(struct pw_probe *probe, char *page, int key)
{
	struct pw_attempt *attempt = pw_attempt_open();
	struct pw_attempt_tally tally = { 0 };
	int err = attempt ? 0 : -errno;

	page[0] = 1;
	if (!err && syscall(SYS_pkey_mprotect, page, pw_pages_size(), PROT_READ | PROT_WRITE, key) < 0)
		err = -errno;
	for (size_t i = 0; !err && i < sizeof(accesses) / sizeof(accesses[0]); i++)
		err = probe_access(probe, &accesses[i], attempt, page, key, &tally);
	pw_attempt_close(attempt);
	return err ? err : pw_attempt_report(probe, &tally);
}

static int probe_pkey(struct pw_probe *probe)
{
	int key = (int)syscall(SYS_pkey_alloc, 0UL, 0UL);
	char *page;
	int err;

	if (key < 0)
		return pw_probe_refuse(probe, errno == EPERM ? -EPERM : -EOPNOTSUPP, "no protection key is to be had: it "
				       "takes a CPU with pku and a kernel that uses it (Linux 4.9)");
	err = pw_pages_map(pw_pages_size(), &page);
	if (!err) {
		err = probe_page(probe, page, key);
		munmap(page, pw_pages_size());
	}
	syscall(SYS_pkey_free, key);
	return err;
}
#else
static int probe_pkey(struct pw_probe *probe)
{
	return pw_probe_refuse(probe, -EOPNOTSUPP, "protection keys are tried on x86-64 only");
}
#endif

const struct pw_wall pw_wall_mem_pkey = {
	.name = "mem.pkey",
	.probe = probe_pkey,
};
