/*
 * mem.fork_policy: a process can keep memory from its forked children.
 *
 * A page with MADV_DONTFORK is not there in the child (SEGV_MAPERR), one with
 * MADV_WIPEONFORK reads as zeroes there, and the parent keeps the bytes of both.
 * The control is a page without advice, read in a child by the same code: all bytes.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "attempt.h"
#include "pages.h"
#include "rng.h"

enum { DEFAULT, NOT_FORKED, WIPED, PAGES };

struct policy {
	char *page[PAGES];
	uint64_t seed;
	struct pw_attempt *attempt;
};

static unsigned char next_byte(uint64_t *state)
{
	return (unsigned char)(1 + pw_rng_next(state) % 255);
}

static void fill(const struct policy *policy, int page)
{
	uint64_t state = policy->seed;

	for (size_t i = 0; i < pw_pages_size(); i++)
		policy->page[page][i] = (char)next_byte(&state);
}

static int64_t matching(const struct policy *policy, int page)
{
	uint64_t state = policy->seed;
	int64_t count = 0;

	for (size_t i = 0; i < pw_pages_size(); i++)
		count += (unsigned char)policy->page[page][i] == next_byte(&state);
	return count;
}

/* In the child: bytes that are not zero, which no filled byte is. */
PW_ATTEMPT_UNCHECKED static void count_bytes(struct pw_attempt *attempt, void *address)
{
	const volatile unsigned char *byte = address;
	uint64_t count = 0;

	for (size_t i = 0; i < pw_pages_size(); i++)
		count += byte[i] != 0;
	attempt->seen = count;
}

static int look(struct policy *policy, int page)
{
	return pw_attempt_make(policy->attempt, count_bytes, policy->page[page]);
}

static int report_not_forked(struct pw_probe *probe, struct policy *policy)
{
	struct pw_attempt_tally tally = { 0 };
	int err = look(policy, NOT_FORKED);

	if (err)
		return err;
	pw_attempt_count(&tally, policy->attempt,
			 pw_attempt_refused(policy->attempt, SEGV_MAPERR, policy->page[NOT_FORKED]));
	return pw_attempt_report(probe, &tally);
}

static int report_wiped(struct pw_probe *probe, struct policy *policy)
{
	int err = look(policy, WIPED);

	if (!err)
		err = pw_probe_fact(probe, "wiped_read", policy->attempt->passed);
	return err ? err : pw_probe_fact(probe, "wiped_bytes_seen", (int64_t)policy->attempt->seen);
}

static int report(struct pw_probe *probe, struct policy *policy)
{
	int err = report_not_forked(probe, policy);

	if (!err)
		err = report_wiped(probe, policy);
	if (!err)
		err = look(policy, DEFAULT);
	if (!err)
		err = pw_probe_fact(probe, "bytes", (int64_t)pw_pages_size());
	if (!err)
		err = pw_probe_fact(probe, "control_inherited", (int64_t)policy->attempt->seen);
	if (!err)
		err = pw_probe_fact(probe, "parent_kept_not_forked", matching(policy, NOT_FORKED));
	return err ? err : pw_probe_fact(probe, "parent_kept_wiped", matching(policy, WIPED));
}

static int advise(struct pw_probe *probe, const struct policy *policy)
{
	if (madvise(policy->page[NOT_FORKED], pw_pages_size(), MADV_DONTFORK) < 0)
		return -errno;
	if (madvise(policy->page[WIPED], pw_pages_size(), MADV_WIPEONFORK) == 0)
		return 0;
	return errno == EINVAL ? pw_probe_refuse(probe, -EOPNOTSUPP, "no MADV_WIPEONFORK: it needs Linux 4.14") : -errno;
}

static int probe_policy(struct pw_probe *probe)
{
	struct policy policy = { .seed = probe->trial->seed | 1 };
	int err = 0;

	for (int i = 0; !err && i < PAGES; i++)
		err = pw_pages_map(pw_pages_size(), &policy.page[i]);
	if (!err)
		err = advise(probe, &policy);
	for (int i = 0; !err && i < PAGES; i++)
		fill(&policy, i);
	if (!err) {
		policy.attempt = pw_attempt_open();
		err = policy.attempt ? report(probe, &policy) : -errno;
	}
	pw_attempt_close(policy.attempt);
	for (int i = 0; i < PAGES; i++)
		if (policy.page[i])
			munmap(policy.page[i], pw_pages_size());
	return err;
}

const struct pw_wall pw_wall_mem_fork_policy = {
	.name = "mem.fork_policy",
	.probe = probe_policy,
};
