/* Ways into another process: shut and open where a sound Linux has them so, and seen where a wall is weakened. */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "identity.h"
#include "raid.h"
#include "wall_check.h"
#include "seccomp.h"

#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif

static const struct way {
	const char *name;
	int64_t reads;
	int64_t writes;
	int64_t refusal;
} ways[] = {
	{ "mem.vm_readv", 4096, 0, EPERM },      { "mem.vm_writev", 0, 4096, EPERM },
	{ "mem.proc_mem", 4096, 4096, EACCES },  { "mem.ptrace", 4096, 4096, EPERM },
	{ "mem.pidfd_getfd", 4096, 0, EPERM },
};

static void other_users_are_kept_out(struct check *check)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct wall_fact facts[] = {
			{ "attempted", 1 }, { "errno", ways[i].refusal }, { "refused_otherwise", 0 },
			{ "seen_bytes", 0 }, { "changed_bytes", 0 }, { "victim_dumpable", 1 }, { "users_differ", 1 },
			{ "attacker_capabilities", 0 }, { "control_errno", 0 }, { "control_seen", ways[i].reads },
			{ "control_changed", ways[i].writes }, { "control_capabilities", 0 }, { NULL, 0 },
		};

		wall_check(check, ways[i].name, "other-user", facts);
	}
}

static void the_same_user_gets_in(struct check *check)
{
	if (pw_route_yama() > 0)
		return;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct wall_fact facts[] = {
			{ "attempted", 1 }, { "errno", 0 }, { "seen_bytes", ways[i].reads },
			{ "changed_bytes", ways[i].writes }, { "users_differ", 0 }, { "attacker_capabilities", 0 },
			{ "victim_dumpable", 1 }, { "control_seen", ways[i].reads }, { NULL, 0 },
		};

		wall_check(check, ways[i].name, "same-user", facts);
	}
}

static void not_dumpable_is_closed(struct check *check)
{
	static const struct wall_fact facts[] = {
		{ "routes_tried", 5 }, { "routes_refused", 5 }, { "routes_open", 0 }, { "refused_otherwise", 0 },
		{ "seen_bytes", 0 }, { "changed_bytes", 0 }, { "victims_spoilt", 0 }, { "control_open", 5 },
		{ "victim_dumpable", 0 }, { "attacker_capabilities", 0 }, { "kill_allowed", 1 }, { NULL, 0 },
	};

	wall_check(check, "mem.nondumpable", "same-user", facts);
}

static void root_gets_in(struct check *check)
{
	static const struct wall_fact facts[] = {
		{ "routes_tried", 5 }, { "routes_refused", 0 }, { "routes_open", 5 }, { "seen_bytes", 4 * 4096 },
		{ "changed_bytes", 3 * 4096 }, { "victims_spoilt", 3 }, { "control_open", 5 },
		{ "victim_dumpable", 0 }, { NULL, 0 },
	};

	wall_check(check, "mem.root", "root", facts);
}

static void sandboxes_keep_inside(struct check *check)
{
	static const struct { const char *host; int64_t tried; int64_t memory; int64_t file; } boxes[] = {
		{ "seccomp", 7, EPERM, EPERM }, { "landlock", 6, EPERM, EACCES }, { "namespaces", 6, ESRCH, EACCES },
	};

	for (size_t i = 0; i < sizeof(boxes) / sizeof(boxes[0]); i++) {
		const struct wall_fact facts[] = {
			{ "routes_tried", boxes[i].tried }, { "routes_refused", boxes[i].tried }, { "routes_open", 0 },
			{ "refused_otherwise", 0 }, { "seen_bytes", 0 }, { "changed_bytes", 0 },
			{ "control_open", boxes[i].tried }, { "victim_dumpable", 1 },
			{ "vm_readv_errno", boxes[i].memory }, { "vm_writev_errno", boxes[i].memory },
			{ "ptrace_errno", boxes[i].memory }, { "pidfd_getfd_errno", boxes[i].memory },
			{ "proc_mem_errno", boxes[i].file }, { "proc_mem_control_errno", 0 }, { NULL, 0 },
		};

		wall_check(check, "mem.sandboxed", boxes[i].host, facts);
	}
}

static void a_host_must_be_named(struct check *check)
{
	static const char *const names[] = {
		"mem.ptrace", "mem.nondumpable", "mem.root", "mem.sandboxed", "mem.signal",
		"mem.named_ipc", "mem.shared_mapping", "mem.clone_vm", "mem.prefork_secret", "mem.inherit",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct pw_shared *shared;

		CHECK_EQ(check, wall_probe(names[i], NULL, &shared), -EINVAL);
		fixture_close(shared);
	}
}

/* The trap: a victim that changed its user and did not say that it is dumpable refuses its own user too. */
static void one_that_is_not_dumpable_would_be_a_blind_control(struct check *check)
{
	struct pw_raid raid = { .dumpable = 0, .keeper = pw_identity_own(0), .attacker = pw_identity_own(0) };
	struct pw_spoils spoils;

	for (int i = 0; i < PW_ROUTE_COUNT; i++) {
		if (!CHECK_EQ(check, pw_raid(&raid, &pw_routes[i], &spoils), 0))
			return;
		CHECK(check, !pw_raid_came_through(&pw_routes[i], &spoils));
		CHECK(check, pw_raid_refused(&spoils));
		CHECK_EQ(check, spoils.tried, 1);
		CHECK_EQ(check, spoils.checksum_before, spoils.checksum_after);
	}
}

/* An attacker that keeps its capabilities, where it was to have none, is seen to come through. */
static void a_weak_wall_is_seen(struct check *check)
{
	struct pw_raid raid = { .dumpable = 1, .attacker = pw_identity_own(1) };
	struct pw_spoils spoils;

	if (pw_identity_pick(&raid.keeper, 1))
		return;
	for (int i = 0; i < PW_ROUTE_COUNT; i++) {
		if (!CHECK_EQ(check, pw_raid(&raid, &pw_routes[i], &spoils), 0))
			return;
		CHECK(check, pw_raid_came_through(&pw_routes[i], &spoils) || pw_raid_refused(&spoils));
		CHECK(check, spoils.capabilities > 0);
		CHECK(check, spoils.keeper_uid != spoils.attacker_uid);
	}
}

/* In a container that forbids a call to everybody, that call proves nothing. */
static void a_control_that_is_refused_is_no_result(struct check *check)
{
	static const struct wall_fact facts[] = {
		{ "routes_tried", 3 }, { "routes_unavailable", 2 }, { "routes_refused", 3 }, { "control_open", 3 },
		{ "victim_dumpable", 0 }, { "attacker_capabilities", 0 }, { NULL, 0 },
	};
	struct pw_shared *shared;
	int err;

	/* The first and the last of the ways. */
	if (pw_seccomp_forbid(SYS_process_vm_readv, EPERM) || pw_seccomp_forbid(SYS_pidfd_getfd, EPERM))
		return;
	err = wall_probe("mem.vm_readv", "same-user", &shared);
	CHECK_EQ(check, err, -EPERM);
	CHECK(check, strstr(shared->result.reason, "everybody") != NULL);
	fixture_close(shared);
	err = wall_probe("mem.nondumpable", "same-user", &shared);
	if (CHECK_EQ(check, err, 0))
		wall_expect(check, &shared->result, facts);
	fixture_close(shared);
}

static const struct check_test tests[] = {
	{ "other_users_are_kept_out", other_users_are_kept_out },
	{ "the_same_user_gets_in", the_same_user_gets_in },
	{ "not_dumpable_is_closed", not_dumpable_is_closed },
	{ "root_gets_in", root_gets_in },
	{ "sandboxes_keep_inside", sandboxes_keep_inside },
	{ "a_host_must_be_named", a_host_must_be_named },
	{ "one_that_is_not_dumpable_would_be_a_blind_control", one_that_is_not_dumpable_would_be_a_blind_control },
	{ "a_weak_wall_is_seen", a_weak_wall_is_seen },
	{ "a_control_that_is_refused_is_no_result", a_control_that_is_refused_is_no_result },
	{ NULL, NULL },
};

const struct check_suite suite_doors = { "doors", tests };
