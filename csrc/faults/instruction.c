/* An instruction that the CPU will not carry out. */
#include <signal.h>
#include <stddef.h>

#include "table.h"

#if defined(__x86_64__)
#define ILL_ASM "ud2"
#define PRIVILEGED_ASM "hlt"
#define PRIVILEGED_SIGNAL SIGSEGV
#define PRIVILEGED_CODE SI_KERNEL
#define TRAP_ASM "int3"
#elif defined(__aarch64__)
#define ILL_ASM ".inst 0"
#define PRIVILEGED_ASM "mrs x0, ttbr0_el1"
#define PRIVILEGED_SIGNAL SIGILL
#define PRIVILEGED_CODE ILL_ILLOPC
#define TRAP_ASM "brk #0"
#else
#define PRIVILEGED_SIGNAL SIGILL
#define PRIVILEGED_CODE ILL_PRVOPC
#endif

#ifdef ILL_ASM
PW_COMMIT static void commit_ill(void *aim)
{
	(void)aim;
	__asm__ __volatile__(ILL_ASM : : : "memory");
}

PW_COMMIT static void commit_privileged(void *aim)
{
	(void)aim;
	__asm__ __volatile__(PRIVILEGED_ASM : : : "memory");
}

/* Twice: x86 goes on behind the first one when the handler has noted it. */
PW_COMMIT static void commit_trap(void *aim)
{
	(void)aim;
	__asm__ __volatile__(TRAP_ASM "\n\t" TRAP_ASM : : : "memory");
}
#else
#define commit_ill NULL
#define commit_privileged NULL
#define commit_trap NULL
#endif

#if defined(__x86_64__)
PW_COMMIT static void commit_fpe(void *aim)
{
	unsigned int low = 1;
	unsigned int high = 0;

	(void)aim;
	__asm__ __volatile__("divl %2" : "+a"(low), "+d"(high) : "r"(0U) : "cc", "memory");
}

/*
 * Flag 18 has the CPU check alignment.  What is read is its own stack, at an odd address, of which
 * the kernel tells nothing.  First it steps over the red zone: the compiler may use that.
 */
PW_COMMIT static void commit_alignment(void *aim)
{
	(void)aim;
	__asm__ __volatile__("leaq -256(%%rsp), %%rsp\n\t"
			     "pushfq\n\t"
			     "orl $0x40000, (%%rsp)\n\t"
			     "popfq\n\t"
			     "movl 1(%%rsp), %%eax\n\t"
			     "pushfq\n\t"
			     "andl $0xfffbffff, (%%rsp)\n\t"
			     "popfq\n\t"
			     "leaq 256(%%rsp), %%rsp"
			     : : : "rax", "cc", "memory");
}
#else
#define commit_fpe NULL
#define commit_alignment NULL
#endif

#define CODE(code) .code_min = (code), .code_max = (code), .code_other = (code), .recorded = 1

const struct pw_fault pw_faults_instruction[] = {
	{ .name = "ill", .signal = SIGILL, .code_min = ILL_ILLOPC, .code_max = ILL_BADSTK, .code_other = ILL_ILLOPC,
	  .recorded = 1, .commit = commit_ill },
	{ .name = "privileged", .signal = PRIVILEGED_SIGNAL, CODE(PRIVILEGED_CODE), .commit = commit_privileged },
	/* On aarch64 a division by zero gives zero. */
	{ .name = "fpe", .signal = SIGFPE, CODE(FPE_INTDIV), .commit = commit_fpe,
	  .needs = "a CPU that traps on a division by zero, as x86 does" },
	{ .name = "trap", .signal = SIGTRAP, .code_min = TRAP_BRKPT, .code_max = TRAP_BRKPT, .code_other = SI_KERNEL,
	  .recorded = 1, .commit = commit_trap },
	{ .name = "bus_alignment", .signal = SIGBUS, CODE(BUS_ADRALN), .check_address = 1,
	  .commit = commit_alignment,
	  .needs = "a CPU that can be told to check alignment, as x86 can" },
	{ .name = NULL },
};
