/* Everything around a crash that must stay as it is, and the look at it afterwards. */
#ifndef PW_SCENE_H
#define PW_SCENE_H

#include <stdint.h>

#include "canary.h"
#include "route.h"
#include "signals.h"
#include "survivor.h"
#include "wall.h"

#define PW_SCENE_CONTENT 64

/* Who a process is: its number alone may be taken by another. */
struct pw_identity {
	pid_t pid;
	int64_t start;                  /* when it began, as /proc tells it */
};

struct pw_scene {
	struct pw_canary canary;        /* in our own memory */
	struct pw_sha256 digest;
	struct pw_signals signals;
	struct pw_identity self;
	struct pw_survivor sibling;
	struct pw_identity other;       /* the sibling */
	struct pw_sha256 other_digest;
	struct pw_common *common;
	struct pw_route hidden;         /* a pipe whose write end the sibling holds as well */
	int eof_hidden;
	int pipe[2];                    /* with content under way */
	int file;
	unsigned char content[PW_SCENE_CONTENT];
};

/* Close is always due, even where this fails. */
int pw_scene_open(struct pw_scene *scene, const struct pw_trial *trial);
/* After the first victim was made: give up our own write end of the hidden pipe. */
void pw_scene_hide(struct pw_scene *scene);
/* After that one's end: is the end of its pipe hidden, as the sibling still holds it? */
void pw_scene_look_for_eof(struct pw_scene *scene);
/* Look at everything and add a fact for each.  SIGPIPE must be ignored. */
int pw_scene_report(struct pw_scene *scene, struct pw_probe *probe);
void pw_scene_close(struct pw_scene *scene);

#endif
