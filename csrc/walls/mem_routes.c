/*
 * mem.vm_readv, mem.vm_writev, mem.proc_mem, mem.ptrace, mem.pidfd_getfd, mem.nondumpable,
 * mem.root: whether another process can read or change private memory, by the ways that
 * Linux has for it.
 *
 * A keeper draws a secret after it has been forked; the attacker is forked by the same
 * parent, gives up every capability, and goes the way once.  The keeper is dumpable
 * wherever that is not the subject: a change of user unsets it, and a process that is not
 * dumpable is closed to its own user as well.  The control is the same attack from the
 * keeper's own user; with Yama the keeper first says that any process may trace it.
 */
#include <errno.h>
#include <linux/capability.h>

#include "campaign.h"

enum host { HOST_OTHER_USER, HOST_SAME_USER };

static const char *const hosts[] = {
	[HOST_OTHER_USER] = "other-user", [HOST_SAME_USER] = "same-user", NULL,
};
static const char *const same_user[] = { "same-user", NULL };
static const char *const root[] = { "root", NULL };

static const char no_users[] = "needs two users that nobody else is: run it as root (CAP_SETUID and CAP_SETGID)";
static const char no_root[] = "needs root: run it with CAP_SYS_PTRACE, CAP_SETUID and CAP_SETGID";

static int report(struct pw_probe *probe, const struct pw_route *route, const struct pw_spoils *attack,
		  const struct pw_spoils *control)
{
	const struct { const char *name; int64_t value; } facts[] = {
		{ "attempted", attack->tried },
		{ "errno", attack->error },
		{ "errno_expected", route->refusal },
		{ "refused_otherwise", !pw_raid_answered(attack, route->refusal) },
		{ "second_errno", attack->second },
		{ "seen_bytes", attack->seen },
		{ "changed_bytes", attack->changed },
		{ "victim_checksum_before", attack->checksum_before },
		{ "victim_checksum_after", attack->checksum_after },
		{ "victim_dumpable", attack->dumpable },
		{ "victim_uid", attack->keeper_uid },
		{ "attacker_uid", attack->attacker_uid },
		{ "users_differ", attack->keeper_uid != attack->attacker_uid },
		{ "attacker_capabilities", attack->capabilities },
		{ "control_errno", control->error },
		{ "control_seen", control->seen },
		{ "control_seen_expected", route->reads ? PW_SECRET_SIZE : 0 },
		{ "control_changed", control->changed },
		{ "control_changed_expected", route->writes ? PW_SECRET_SIZE : 0 },
		{ "control_capabilities", control->capabilities },
		{ "secret_bytes", PW_SECRET_SIZE },
		{ "yama_scope", pw_route_yama() },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(probe, facts[i].name, facts[i].value);
	return err;
}

static int probe_route(struct pw_probe *probe, enum pw_route_number number)
{
	const struct pw_route *route = &pw_routes[number];
	struct pw_identity who[2];
	int host = pw_probe_host(probe, hosts);
	struct pw_raid raid = { .dumpable = 1 };
	struct pw_spoils attack;
	struct pw_spoils control;
	int err;

	if (host < 0)
		return host;
	err = host == HOST_OTHER_USER ? pw_identity_pick(who, 2) : pw_identity_ordinary(who);
	if (err)
		return err == -EPERM ? pw_probe_refuse(probe, err, no_users) : err;
	raid.keeper = who[0];
	raid.attacker = who[host == HOST_OTHER_USER];
	/* Between users Yama must not hide what the users do; of the same user it is part of the rule. */
	raid.any_tracer = host == HOST_OTHER_USER;
	err = pw_raid(&raid, route, &attack);
	raid.attacker = who[0];
	raid.any_tracer = 1;
	if (!err)
		err = pw_raid(&raid, route, &control);
	if (err)
		return err == -EPERM ? pw_probe_refuse(probe, err, no_users) : err;
	if (pw_raid_refused(&control))
		return pw_raid_refuse_control(probe, &control);
	return report(probe, route, &attack, &control);
}

static int all_routes(struct pw_probe *probe, const struct pw_raid *attack, const struct pw_raid *control)
{
	struct pw_campaign_way ways[PW_ROUTE_COUNT];

	for (int i = 0; i < PW_ROUTE_COUNT; i++)
		ways[i] = (struct pw_campaign_way){ .route = &pw_routes[i], .refusal = pw_routes[i].refusal };
	return pw_campaign(probe, attack, control, ways, PW_ROUTE_COUNT);
}

static int probe_nondumpable(struct pw_probe *probe)
{
	struct pw_raid control = { .dumpable = 1, .any_tracer = 1 };
	struct pw_raid attack;
	int err = pw_probe_host(probe, same_user);

	if (err)
		return err;
	err = pw_identity_ordinary(&control.keeper);
	if (err)
		return err;
	control.attacker = control.keeper;
	attack = control;
	attack.dumpable = 0;
	return all_routes(probe, &attack, &control);
}

/* The keeper does all that a user can to be left alone. */
static int probe_root(struct pw_probe *probe)
{
	struct pw_raid control = { .dumpable = 1, .any_tracer = 1 };
	struct pw_raid attack = { .dumpable = 0, .any_tracer = 0 };
	int err = pw_probe_host(probe, root);

	if (err)
		return err;
	if (!pw_identity_can(CAP_SYS_PTRACE))
		return pw_probe_refuse(probe, -EPERM, no_root);
	err = pw_identity_pick(&control.keeper, 1);
	if (err)
		return err == -EPERM ? pw_probe_refuse(probe, err, no_root) : err;
	control.attacker = control.keeper;
	attack.keeper = control.keeper;
	attack.attacker = pw_identity_own(1);
	err = all_routes(probe, &attack, &control);
	return err == -EPERM && !probe->result->reason[0] ? pw_probe_refuse(probe, err, no_root) : err;
}

static int probe_vm_readv(struct pw_probe *probe)
{
	return probe_route(probe, PW_ROUTE_VM_READV);
}

static int probe_vm_writev(struct pw_probe *probe)
{
	return probe_route(probe, PW_ROUTE_VM_WRITEV);
}

static int probe_proc_mem(struct pw_probe *probe)
{
	return probe_route(probe, PW_ROUTE_PROC_MEM);
}

static int probe_ptrace(struct pw_probe *probe)
{
	return probe_route(probe, PW_ROUTE_PTRACE);
}

static int probe_pidfd_getfd(struct pw_probe *probe)
{
	return probe_route(probe, PW_ROUTE_PIDFD_GETFD);
}

const struct pw_wall pw_wall_mem_vm_readv = { .name = "mem.vm_readv", .probe = probe_vm_readv };
const struct pw_wall pw_wall_mem_vm_writev = { .name = "mem.vm_writev", .probe = probe_vm_writev };
const struct pw_wall pw_wall_mem_proc_mem = { .name = "mem.proc_mem", .probe = probe_proc_mem };
const struct pw_wall pw_wall_mem_ptrace = { .name = "mem.ptrace", .probe = probe_ptrace };
const struct pw_wall pw_wall_mem_pidfd_getfd = { .name = "mem.pidfd_getfd", .probe = probe_pidfd_getfd };
const struct pw_wall pw_wall_mem_nondumpable = { .name = "mem.nondumpable", .probe = probe_nondumpable };
const struct pw_wall pw_wall_mem_root = { .name = "mem.root", .probe = probe_root };
