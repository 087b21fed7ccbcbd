/*
 * mem.prot: a page is used only as its protection says.
 *
 * A load from a page without access, a store to a read-only one and a jump into one
 * that is not executable are made by a child each.  All must end in a SEGV for a lack
 * of permission (SEGV_ACCERR) at that address.  The control makes the same three
 * accesses where the protection allows them: the same pages, opened.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attempt.h"
#include "pages.h"

#if defined(__x86_64__) || defined(__i386__)
static const unsigned char code[] = { 0xc3 };                   /* ret */
#elif defined(__aarch64__)
static const unsigned char code[] = { 0xc0, 0x03, 0x5f, 0xd6 }; /* ret */
#else
#define NO_CODE
static const unsigned char code[] = { 0 };
#endif

PW_ATTEMPT_UNCHECKED static void jump(struct pw_attempt *attempt, void *address)
{
	void (*enter)(void);

	memcpy(&enter, &address, sizeof(enter));
	enter();
	attempt->seen = 1;
}

struct access {
	const char *name;
	const char *control;
	pw_attempt_access *access;
	int closed;
	int open;
};

static const struct access accesses[] = {
	{ "passed_load", "control_load", pw_attempt_load, PROT_NONE, PROT_READ },
	{ "passed_store", "control_store", pw_attempt_store, PROT_READ, PROT_READ | PROT_WRITE },
	{ "passed_exec", "control_exec", jump, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC },
};

static int try_access(const struct access *access, struct pw_attempt *attempt, char *page, int protection)
{
	if (mprotect(page, pw_pages_size(), protection) < 0)
		return -errno;
	return pw_attempt_make(attempt, access->access, page);
}

static int probe_access(struct pw_probe *probe, const struct access *access, struct pw_attempt *attempt, char *page,
			struct pw_attempt_tally *tally)
{
	int err = try_access(access, attempt, page, access->closed);

	if (err)
		return err;
	pw_attempt_count(tally, attempt, pw_attempt_refused(attempt, SEGV_ACCERR, page));
	err = pw_probe_fact(probe, access->name, attempt->passed);
	if (err)
		return err;
	err = try_access(access, attempt, page, access->open);
	if (err == -EACCES || err == -EPERM)
		return pw_probe_refuse(probe, err, "no page may be made executable here (a security module or "
				       "PR_SET_MDWE forbids it), so the jump has no control");
	return err ? err : pw_probe_fact(probe, access->control, attempt->passed);
}

static int probe_pages(struct pw_probe *probe, struct pw_attempt *attempt, char *page)
{
	struct pw_attempt_tally tally = { 0 };
	int err = 0;

	memcpy(page, code, sizeof(code));
	__builtin___clear_cache(page, page + sizeof(code));
	for (size_t i = 0; !err && i < sizeof(accesses) / sizeof(accesses[0]); i++)
		err = probe_access(probe, &accesses[i], attempt, page, &tally);
	return err ? err : pw_attempt_report(probe, &tally);
}

static int probe_prot(struct pw_probe *probe)
{
	struct pw_attempt *attempt;
	char *page;
	int err;

#ifdef NO_CODE
	return pw_probe_refuse(probe, -EOPNOTSUPP, "the code to jump to is not written for this architecture");
#endif
	err = pw_pages_map(pw_pages_size(), &page);
	if (err)
		return err;
	attempt = pw_attempt_open();
	err = attempt ? probe_pages(probe, attempt, page) : -errno;
	pw_attempt_close(attempt);
	munmap(page, pw_pages_size());
	return err;
}

const struct pw_wall pw_wall_mem_prot = {
	.name = "mem.prot",
	.probe = probe_prot,
};
