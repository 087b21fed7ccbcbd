/* Where a breach is certain: the same passes, and the same looks at what they leave. */
#include <errno.h>

#include "crash.h"

int pw_crash_control_by_thread(const struct pw_crash *crash)
{
	struct pw_crash control = *crash;
	struct pw_pass pass = { .inmate = PW_INMATE_THREAD };
	int err;

	if (crash->fault->control)
		control.fault = pw_fault_find(crash->fault->control);
	if (!control.fault)
		return -ENOENT;
	err = pw_crash_run(&control, &pass);
	if (err)
		return err;
	if (control.fault->effect == PW_EFFECT_REFUSAL)
		return pw_probe_fact(crash->probe, "control_denied", pass.denied);
	return pw_probe_fact(crash->probe, "control_died", !pass.answered && !pass.alive &&
			     pw_victim_ending(control.fault, pass.status) == PW_ENDING_CRASHED);
}

int pw_crash_control_by_writer(struct pw_crash *crash)
{
	struct pw_pass pass = { .inmate = PW_INMATE_THREAD, .noted = 1, .spoil = 1, .harmless = 1 };
	int err = pw_crash_run(crash, &pass);

	if (!err)
		err = pw_probe_fact(crash->probe, "control_changed", pass.changed);
	return err ? err : pw_probe_fact(crash->probe, "control_changed_expected", PW_SURVIVOR_CANARY);
}
