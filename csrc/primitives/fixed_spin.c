/*
 * A fixed amount of work that touches nothing but one register: the reference arm
 * that tells how fast the CPU runs.  One op is a chain of LINKS multiplications,
 * each of which needs the result of the one before.  Inside the timed region is
 * no memory access, no system call and no branch that could be mispredicted often.
 */
#include <errno.h>
#include <stdint.h>

#include "primitive.h"

#define LINKS 20000
#define UNROLLED 10

/* The compiler may know neither what is multiplied nor by what. */
static inline uint64_t link_of(uint64_t x, uint64_t by)
{
	x *= by;
	__asm__ __volatile__("" : "+r"(x));
	return x;
}

static int fixed_spin_drive(void *state, uint64_t ops)
{
	uint64_t by = 3;
	uint64_t x = 1;

	(void)state;
	__asm__ __volatile__("" : "+r"(x), "+r"(by));
	while (ops--) {
		for (uint32_t i = 0; i < LINKS / UNROLLED; i++) {
			for (uint32_t j = 0; j < UNROLLED; j++)
				x = link_of(x, by);
		}
	}
	/* A product of odd numbers is odd: the chain was made. */
	return x & 1 ? 0 : -EPROTO;
}

const struct pw_primitive pw_fixed_spin = {
	.name = "fixed_spin",
	.drive = fixed_spin_drive,
};
