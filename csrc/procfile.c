/* Look-ups in /proc; outside any timed region. */
#include "procfile.h"

#include <errno.h>
#include <string.h>

#include "decimal.h"
#include "io.h"

void pw_procfile_path(char path[PW_PROCFILE_PATH], pid_t pid, const char *name)
{
	static const char proc[] = "/proc/";
	char *end;

	memcpy(path, proc, sizeof(proc));
	end = pw_decimal_write(path + sizeof(proc) - 1, (uint64_t)pid);
	*end++ = '/';
	memcpy(end, name, strlen(name) + 1);
}

int64_t pw_procfile_number(const char *path, const char *label)
{
	size_t length = strlen(label);
	char text[8192];
	int err = pw_io_read_file(path, text, sizeof(text));

	if (err)
		return err;
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, label, length) == 0 && line[length] == ':')
			return (int64_t)pw_decimal_read(line + length + 1);
	}
	return -ENODATA;
}

/* Field 22 of the line; the name of the program, in brackets, may hold blanks and brackets itself. */
#define FIELDS_BEFORE_START 20

int64_t pw_procfile_start(pid_t pid)
{
	char path[PW_PROCFILE_PATH];
	char text[512];
	const char *at;
	int err;

	pw_procfile_path(path, pid, "stat");
	err = pw_io_read_file(path, text, sizeof(text));
	if (err)
		return err;
	at = strrchr(text, ')');
	for (int field = 0; at && field < FIELDS_BEFORE_START; field++)
		at = strchr(at + 1, ' ');
	return at ? (int64_t)pw_decimal_read(at + 1) : -ENODATA;
}
