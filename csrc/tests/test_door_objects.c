/* What users, names, descriptors and shared memory let through on a sound Linux. */
#include <errno.h>

#include "check.h"
#include "wall_check.h"

static void signals_stop_at_users(struct check *check)
{
	static const struct wall_fact facts[] = {
		{ "signals_sent", 4 }, { "signals_refused", 4 }, { "refused_otherwise", 0 }, { "kill_errno", EPERM },
		{ "tgkill_errno", EPERM }, { "sigqueue_errno", EPERM }, { "pidfd_send_signal_errno", EPERM },
		{ "victim_answered", 1 }, { "victim_signal", 0 }, { "users_differ", 1 },
		{ "attacker_capabilities", 0 }, { "sigcont_same_session_errno", 0 }, { "control_accepted", 4 },
		{ "control_signal", 9 }, { NULL, 0 },
	};

	wall_check(check, "mem.signal", "other-user", facts);
}

static void names_are_kept_by_their_mode(struct check *check)
{
	static const struct wall_fact shut[] = {
		{ "objects", 6 }, { "objects_refused", 6 }, { "objects_open", 0 }, { "refused_otherwise", 0 },
		{ "seen_bytes", 0 }, { "control_seen", 6 * 64 }, { "users_differ", 1 }, { "attacker_capabilities", 0 },
		{ "removed", 6 }, { "still_there", 0 }, { "memfd_errno", EACCES }, { "memfd_seen", 0 },
		{ "memfd_control_seen", 4096 }, { NULL, 0 },
	};

	wall_check(check, "mem.named_ipc", "other-user", shut);
}

static void names_are_open_to_their_user(struct check *check)
{
	static const struct wall_fact open[] = {
		{ "objects", 6 }, { "objects_refused", 0 }, { "objects_open", 6 }, { "seen_bytes", 6 * 64 },
		{ "users_differ", 0 }, { "removed", 6 }, { "still_there", 0 }, { "memfd_seen", 4096 }, { NULL, 0 },
	};

	wall_check(check, "mem.named_ipc", "same-user", open);
}

static void children_share(struct check *check)
{
	static const struct { const char *name; const char *host; int64_t changed; int64_t control_seen; } doors[] = {
		{ "mem.shared_mapping", "process", 4096, 0 }, { "mem.clone_vm", "clone-vm", 4096, 0 },
		{ "mem.clone_vm", "vfork", 4096, 4096 },      { "mem.prefork_secret", "process", 0, 0 },
	};

	for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
		const struct wall_fact facts[] = {
			{ "seen_bytes", 4096 }, { "written_bytes", 4096 }, { "changed_bytes", doors[i].changed },
			{ "control_seen", doors[i].control_seen }, { "control_written", 4096 },
			{ "control_changed", 0 }, { NULL, 0 },
		};

		wall_check(check, doors[i].name, doors[i].host, facts);
	}
}

static void exec_drops_what_fork_copied(struct check *check)
{
	static const struct wall_fact facts[] = { { "exec_seen", 0 }, { NULL, 0 } };

	wall_check(check, "mem.prefork_secret", "process", facts);
}

static void descriptors_are_shared(struct check *check)
{
	static const struct wall_fact facts[] = {
		{ "offset_shared", 1 }, { "flock_shared", 1 }, { "ofd_lock_shared", 1 }, { "posix_lock_shared", 0 },
		{ "directory_shared", 0 }, { "shared", 3 }, { "control_shared", 0 }, { "exec_kept", 1 },
		{ "exec_kept_cloexec", 0 }, { NULL, 0 },
	};

	wall_check(check, "mem.inherit", "process", facts);
}

static const struct check_test tests[] = {
	{ "signals_stop_at_users", signals_stop_at_users },
	{ "names_are_kept_by_their_mode", names_are_kept_by_their_mode },
	{ "names_are_open_to_their_user", names_are_open_to_their_user },
	{ "children_share", children_share },
	{ "exec_drops_what_fork_copied", exec_drops_what_fork_copied },
	{ "descriptors_are_shared", descriptors_are_shared },
	{ NULL, NULL },
};

const struct check_suite suite_door_objects = { "door_objects", tests };
