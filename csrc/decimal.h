/* Decimal numbers without stdio, for paths in /proc and for a program's arguments. */
#ifndef PW_DECIMAL_H
#define PW_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#define PW_DECIMAL_MAX 24

/* Write the number and a closing zero.  Returns where the zero is. */
static inline char *pw_decimal_write(char *text, uint64_t number)
{
	size_t digits = 1;

	for (uint64_t rest = number / 10; rest; rest /= 10)
		digits++;
	text[digits] = '\0';
	for (size_t at = digits; at--; number /= 10)
		text[at] = (char)('0' + number % 10);
	return text + digits;
}

/* The number at the start of the text, after blanks; 0 where there is none. */
static inline uint64_t pw_decimal_read(const char *text)
{
	uint64_t number = 0;

	while (*text == ' ' || *text == '\t')
		text++;
	for (; *text >= '0' && *text <= '9'; text++)
		number = number * 10 + (uint64_t)(*text - '0');
	return number;
}

#endif
