/*
 * Changing users for good.  A process that becomes another user loses two things on the
 * way, silently: it is no longer dumpable, and no longer dies with its parent.  Both are
 * for the caller to set again.
 */
#include "identity.h"

#include <dirent.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "decimal.h"
#include "io.h"

/* Below the number that stands for nobody; what is mapped at all is mapped up to there. */
#define HIGHEST_UID 65533
#define CANDIDATES 64

static int capabilities(struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3])
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &header, data) < 0 ? -errno : 0;
}

int pw_identity_capabilities(void)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	int count = capabilities(data);

	if (count)
		return count;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		count += __builtin_popcount(data[i].effective | data[i].permitted | data[i].inheritable);
	return count;
}

int pw_identity_can(int capability)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	return !capabilities(data) && (data[capability / 32].effective >> (capability % 32) & 1);
}

struct pw_identity pw_identity_own(int privileged)
{
	return (struct pw_identity){ .uid = geteuid(), .gid = getegid(), .privileged = privileged };
}

/* Mark the candidates that own a process. */
static int find_used(unsigned char used[CANDIDATES])
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	struct stat status;

	if (!proc)
		return -errno;
	while ((entry = readdir(proc))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		if (fstatat(dirfd(proc), entry->d_name, &status, 0) < 0)
			continue;
		if (status.st_uid <= HIGHEST_UID && HIGHEST_UID - status.st_uid < CANDIDATES)
			used[HIGHEST_UID - status.st_uid] = 1;
	}
	closedir(proc);
	return 0;
}

/* Whether the number stands for anybody in this user namespace: lines of first, outside, count. */
static int is_mapped(const char *path, uint64_t number)
{
	char text[4096];
	int found = 0;

	if (pw_io_read_file(path, text, sizeof(text)))
		return 0;
	for (const char *line = text; *line && !found; line = *line ? line + 1 : line) {
		uint64_t field[3];

		for (int i = 0; i < 3; i++) {
			field[i] = pw_decimal_read(line);
			line += strspn(line, " ");
			line += strcspn(line, " \n");
		}
		found = number >= field[0] && number - field[0] < field[2];
	}
	return found;
}

static int exists(unsigned int number)
{
	return is_mapped("/proc/self/uid_map", number) && is_mapped("/proc/self/gid_map", number);
}

int pw_identity_pick(struct pw_identity *out, int count)
{
	unsigned char used[CANDIDATES] = { 0 };
	int err;

	if (!pw_identity_can(CAP_SETUID) || !pw_identity_can(CAP_SETGID) ||
	    !exists(HIGHEST_UID) || !exists(HIGHEST_UID - CANDIDATES + 1))
		return -EPERM;
	err = find_used(used);
	if (err)
		return err;
	for (unsigned int i = 0; count && i < CANDIDATES; i++)
		if (!used[i]) {
			*out++ = (struct pw_identity){ .uid = HIGHEST_UID - i, .gid = HIGHEST_UID - i };
			count--;
		}
	return count ? -EUSERS : 0;
}

int pw_identity_ordinary(struct pw_identity *who)
{
	int err = pw_identity_pick(who, 1);

	if (err != -EPERM)
		return err;
	*who = pw_identity_own(0);
	return 0;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

	memset(none, 0, sizeof(none));
	if (syscall(SYS_capset, &header, none) < 0)
		return -errno;
	return pw_identity_capabilities() == 0 ? 0 : -EPERM;
}

/* A number that the user namespace does not map is refused with EINVAL. */
static int refusal(void)
{
	return errno == EINVAL ? -EPERM : -errno;
}

static int change(const struct pw_identity *who)
{
	uid_t uid[3];
	gid_t gid[3];

	if (setgroups(0, NULL) < 0 || setresgid(who->gid, who->gid, who->gid) < 0 ||
	    setresuid(who->uid, who->uid, who->uid) < 0)
		return refusal();
	if (getresuid(&uid[0], &uid[1], &uid[2]) < 0 || getresgid(&gid[0], &gid[1], &gid[2]) < 0)
		return -errno;
	for (int i = 0; i < 3; i++)
		if (uid[i] != who->uid || gid[i] != who->gid)
			return -EPERM;
	return getgroups(0, NULL) == 0 ? 0 : -EPERM;
}

int pw_identity_take(const struct pw_identity *who)
{
	int err = 0;

	if (who->uid != geteuid() || who->gid != getegid())
		err = change(who);
	return err || who->privileged ? err : drop_capabilities();
}
