/* What a channel could leave on the machine, and does not. */
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "check.h"
#include "fixture.h"
#include "ipc.h"
#include "state.h"

#define NOBODY 65534

static int entries(const char *directory)
{
	DIR *listing = opendir(directory);
	int count = 0;

	if (!listing)
		return -1;
	while (readdir(listing))
		count++;
	closedir(listing);
	return count - 2;
}

static void a_named_pipe_has_no_name_once_open(struct check *check)
{
	const struct pw_primitive *primitive = pw_primitive_find("fifo_message");
	struct pw_shared *shared = fixture_open(1, "fifo_message");
	char directory[] = P_tmpdir "/partywall-test-XXXXXX";
	void *state;

	if (!CHECK(check, primitive && shared && mkdtemp(directory)))
		return;
	memcpy(shared->trial.directory, directory, sizeof(directory));
	fixture_set(&shared->trial, "message", 64, "");
	if (CHECK_EQ(check, pw_state_open(primitive, &shared->trial, &state), 0)) {
		CHECK_EQ(check, entries(directory), 0);
		pw_state_close(primitive, state);
	}
	CHECK_EQ(check, rmdir(directory), 0);
	fixture_close(shared);
}

/* Sockets of this pair of ports, in any state. */
static int connections(unsigned int one, unsigned int other)
{
	FILE *table = fopen("/proc/net/tcp", "re");
	char line[512];
	int count = 0;

	if (!table)
		return -1;
	while (fgets(line, sizeof(line), table)) {
		unsigned int from;
		unsigned int to;

		if (sscanf(line, " %*d: %*x:%x %*x:%x", &from, &to) == 2)
			count += (from == one && to == other) || (from == other && to == one);
	}
	fclose(table);
	return count;
}

static void a_connection_is_gone_at_once(struct check *check)
{
	const struct pw_primitive *primitive = pw_primitive_find("tcp_message");
	struct pw_shared *shared = fixture_open(1, "tcp_message");
	struct sockaddr_in ends[2];
	void *state;

	if (!CHECK(check, primitive && shared))
		return;
	fixture_set(&shared->trial, "message", 64, "");
	if (!CHECK_EQ(check, pw_state_open(primitive, &shared->trial, &state), 0))
		return;
	for (int i = 0; i < 2; i++) {
		const struct pw_channel *channel = state;
		socklen_t size = sizeof(ends[i]);

		int fd = i ? channel->peer.in : channel->driver.in;

		CHECK_EQ(check, getsockname(fd, (struct sockaddr *)&ends[i], &size), 0);
		CHECK_EQ(check, ntohl(ends[i].sin_addr.s_addr), INADDR_LOOPBACK);
	}
	CHECK_EQ(check, connections(ntohs(ends[0].sin_port), ntohs(ends[1].sin_port)), 2);
	pw_state_close(primitive, state);
	CHECK_EQ(check, connections(ntohs(ends[0].sin_port), ntohs(ends[1].sin_port)), 0);
	fixture_close(shared);
}

/* Where namespaces are forbidden this says so, and the primitives are unsupported. */
static int isolated(struct check *check)
{
	int err = pw_ipc_isolate();

	CHECK(check, err == 0 || err == -EPERM || err == -ENOSPC || err == -EOPNOTSUPP || err == -ENOSYS);
	return err == 0;
}

/* Twice, so that the queue outside of the second one is itself in a namespace. */
static void queues_are_in_a_namespace_of_their_own(struct check *check)
{
	char before[64] = "";
	char after[64] = "";
	int outside;

	if (!isolated(check))
		return;
	outside = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	CHECK(check, outside >= 0);
	CHECK(check, readlink("/proc/self/ns/ipc", before, sizeof(before) - 1) > 0);
	if (!isolated(check))
		return;
	CHECK(check, readlink("/proc/self/ns/ipc", after, sizeof(after) - 1) > 0);
	CHECK(check, strcmp(before, after) != 0);
	CHECK_EQ(check, msgctl(outside, IPC_RMID, NULL), -1);
	CHECK_EQ(check, errno, EINVAL);
}

static int become_nobody(void)
{
	return setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY);
}

/* A namespace of users must not cut the tie to the parent. */
static void isolation_keeps_the_tie_to_the_parent(struct check *check)
{
	for (int privileged = 0; privileged < 2; privileged++) {
		int status = -1;
		pid_t child = fork();

		if (child == 0) {
			int signal = SIGKILL;

			/* A namespace of users may have no nobody. */
			if (!privileged && geteuid() == 0 && become_nobody())
				_exit(0);
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (isolated(check))
				prctl(PR_GET_PDEATHSIG, &signal);
			_exit(check->failures || signal != SIGKILL ? 1 : 0);
		}
		CHECK_EQ(check, waitpid(child, &status, 0), child);
		CHECK_EQ(check, status, 0);
	}
}

static const struct check_test tests[] = {
	{ "a_named_pipe_has_no_name_once_open", a_named_pipe_has_no_name_once_open },
	{ "a_connection_is_gone_at_once", a_connection_is_gone_at_once },
	{ "queues_are_in_a_namespace_of_their_own", queues_are_in_a_namespace_of_their_own },
	{ "isolation_keeps_the_tie_to_the_parent", isolation_keeps_the_tie_to_the_parent },
	{ NULL, NULL },
};

const struct check_suite suite_traces = { "traces", tests };
