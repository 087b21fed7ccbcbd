/* The faults of each kind: tables that end in an entry without a name. */
#ifndef PW_FAULT_TABLE_H
#define PW_FAULT_TABLE_H

#include "faults.h"
#include "victim.h"

/*
 * For the function that commits a fault.  An optimiser may drop or pre-empt what it can prove
 * wrong, so it is called through the table and does its deed by assembly or volatile accesses;
 * and a sanitizer may not look at it first.
 */
#if defined(__has_attribute)
#if __has_attribute(noipa)
#define PW_COMMIT __attribute__((noipa, no_sanitize("address", "undefined")))
#endif
#endif
#ifndef PW_COMMIT
#define PW_COMMIT __attribute__((noinline, no_sanitize("address", "undefined")))
#endif

/* Set a limit of this process, never above what is allowed already, and read it back.  -EPROTO if
 * it is not in force. */
int pw_fault_limit(unsigned int resource, uint64_t soft, uint64_t hard);

extern const struct pw_fault pw_faults_memory[];
extern const struct pw_fault pw_faults_instruction[];
extern const struct pw_fault pw_faults_library[];
extern const struct pw_fault pw_faults_policy[];
extern const struct pw_fault pw_faults_limit[];
extern const struct pw_fault pw_faults_outright[];

#endif
