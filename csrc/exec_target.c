/*
 * What exec runs.  The status proves to the waiting parent that it did run.  With an
 * argument it first says that it is there, and sleeps until its standard input ends.
 */
#include <unistd.h>

#include "partywall.h"

int main(int argc, char **argv)
{
	char byte = 0;

	(void)argv;
	if (argc > 1) {
		if (write(STDOUT_FILENO, &byte, 1) != 1)
			return 1;
		while (read(STDIN_FILENO, &byte, 1) > 0)
			continue;
	}
	return PW_TARGET_STATUS;
}
