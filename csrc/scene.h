/* Everything around a crash that must stay as it is, and the look at it afterwards. */
#ifndef PW_SCENE_H
#define PW_SCENE_H

#include <stdint.h>

#include "canary.h"
#include "survivor.h"
#include "wall.h"

#define PW_SCENE_CONTENT 64

struct pw_scene {
	struct pw_canary canary;        /* in our own memory */
	uint64_t checksum;
	struct pw_survivor sibling;
	int pipe[2];                    /* with content under way */
	int file;
	unsigned char content[PW_SCENE_CONTENT];
};

/* Close is always due, even where this fails. */
int pw_scene_open(struct pw_scene *scene, const struct pw_trial *trial);
/* Look at everything and add a fact for each.  SIGPIPE must be ignored. */
int pw_scene_report(struct pw_scene *scene, struct pw_probe *probe);
void pw_scene_close(struct pw_scene *scene);

#endif
