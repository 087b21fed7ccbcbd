/*
 * How far apart two CPUs are: the reference arm of plans that use two.  One op is a
 * round trip of one cache line between them; both sides spin, and no system call and
 * no switch is inside the timed region.  Where readings are taken the peer notes when
 * the line has come and when it gives it back: an exchange of time stamps, which tells
 * how far apart the clocks of the two CPUs are.
 */
#include "line.h"
#include "mark.h"
#include "primitive.h"

enum reading { CAME, WENT };

static int serve_marked(void *state, uint64_t ops)
{
	while (ops--) {
		uint64_t turn = pw_line_take(state);

		pw_mark_time(state, CAME);
		pw_mark_time(state, WENT);
		pw_line_give(state, turn);
	}
	return 0;
}

static int cache_line_serve(void *state, uint64_t ops)
{
	return pw_marks_on(state) ? serve_marked(state, ops) : pw_line_serve(state, ops);
}

const struct pw_primitive pw_cache_line = {
	.name = "cache_line",
	.state_size = sizeof(struct pw_line),
	.drive = pw_line_drive,
	.serve = cache_line_serve,
	.readings = (const struct pw_reading[]){
		{ "came", PW_READING_TICKS },
		{ "went", PW_READING_TICKS },
		{ NULL, 0 },
	},
};
