/*
 * The program that is exec'd in order to fall: it finds what to do in the mapping on the
 * descriptor that it is called with.
 */
#include "decimal.h"
#include "faller.h"

int main(int argc, char **argv)
{
	struct pw_faller *faller = argc > 1 ? pw_faller_attach((int)pw_decimal_read(argv[1])) : NULL;
	const struct pw_fault *fault = faller ? pw_fault_find(faller->fault) : NULL;
	int err;

	if (!fault)
		return 1;
	/* What exec has set anew, above all that the process may be dumped. */
	err = pw_faller_enter(faller);
	if (err)
		pw_victim_fail(&faller->victim, err);
	/* Only this program says so. */
	faller->confined = 1;
	pw_faller_fall(faller, fault, NULL);
}
