/* What exec runs.  The status proves to the waiting parent that it did run. */
#include "partywall.h"

int main(void)
{
	return PW_TARGET_STATUS;
}
