/* A program that commits an act: what it is to do lies behind the descriptor that it is called with. */
#include <unistd.h>

#include "act.h"
#include "decimal.h"

int main(int argc, char **argv)
{
	struct pw_act *act = argc > 1 ? pw_act_attach((int)pw_decimal_read(argv[1])) : NULL;

	if (!act || act->kind >= PW_ACT_COUNT)
		return 1;
	/* Of the files that every system has it sees none. */
	act->confined = access("/etc", F_OK) < 0;
	pw_act_await(act);
	pw_act_commit(act);
	return 0;
}
