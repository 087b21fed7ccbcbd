/* Anchors and step lists from which Python calibrates the clock. */
#include "clock.h"

#include <errno.h>

#define ANCHOR_TRIES 32

int pw_clock_available(uint32_t source)
{
#if defined(__x86_64__)
	return source == PW_CLOCK_TSC || source == PW_CLOCK_MONOTONIC_RAW;
#elif defined(__aarch64__)
	return source == PW_CLOCK_CNTVCT || source == PW_CLOCK_MONOTONIC_RAW;
#else
	return source == PW_CLOCK_MONOTONIC_RAW;
#endif
}

int pw_clock_anchor(uint32_t source, struct pw_anchor *out)
{
	struct pw_anchor best = { .width = UINT64_MAX };
	uint32_t cpu = 0;

	if (!pw_clock_available(source))
		return -EOPNOTSUPP;

	/* An interrupt between the reads widens the bracket, so the narrowest wins. */
	for (int i = 0; i < ANCHOR_TRIES; i++) {
		uint64_t before = pw_clock_begin(source);
		uint64_t raw = pw_clock_raw_ns();
		uint64_t width = pw_clock_end(source, &cpu) - before;

		if (width < best.width)
			best = (struct pw_anchor){ .ticks = before + width / 2, .raw_ns = raw, .width = width };
	}
	*out = best;
	return 0;
}

int pw_clock_steps(uint32_t source, int64_t *steps, uint64_t n)
{
	uint32_t cpu = 0;

	if (!pw_clock_available(source))
		return -EOPNOTSUPP;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t begin = pw_clock_begin(source);

		steps[i] = (int64_t)(pw_clock_end(source, &cpu) - begin);
	}
	return 0;
}
