/* The same attack along several ways, each with its control, summed up for one wall. */
#ifndef PW_CAMPAIGN_H
#define PW_CAMPAIGN_H

#include "raid.h"

/* One way, and the errno with which it must be refused here. */
struct pw_campaign_way {
	const struct pw_route *route;
	int refusal;
};

/*
 * For each way the control first, then the attack.  A way whose control is refused is not
 * available here, and is left out of both; where all are, the probe is refused.
 */
int pw_campaign(struct pw_probe *probe, const struct pw_raid *attack, const struct pw_raid *control,
		const struct pw_campaign_way *ways, int count);

#endif
