/*
 * The whole ABI that Python sees.  build.py cuts the region between the two
 * "cdef" marks out and hands it to cffi, so nothing in it may need a
 * preprocessor beyond plain integer #defines.
 *
 * One worker does one trial.  The caller writes a pw_trial into a shared
 * mapping, starts a worker on it, waits on the worker's pidfd, and reads the
 * pw_result and the raw samples from the same mapping.
 */
#ifndef PARTYWALL_H
#define PARTYWALL_H

#include <stddef.h>
#include <stdint.h>

/* cdef: begin */
#define PW_ABI 3
#define PW_MAGIC 0x70617274
#define PW_NAME_MAX 48
#define PW_PATH_MAX 4096
#define PW_FACTS_MAX 128
#define PW_SETTINGS_MAX 24
#define PW_READINGS_MAX 16
#define PW_PARTIES_MAX 1024
#define PW_REASON_MAX 256
#define PW_TARGET_STATUS 42
/* Descriptor on which a fresh worker finds its shared mapping. */
#define PW_WORKER_FD 3

/* Where a failure happened; errno alone cannot say that. */
enum pw_stage {
	PW_STAGE_NONE,
	PW_STAGE_START,
	PW_STAGE_ATTACH,
	PW_STAGE_IMAGE,
	PW_STAGE_RIVAL,
	PW_STAGE_PIN,
	PW_STAGE_OPEN,
	PW_STAGE_PEER,
	PW_STAGE_CLOCK,
	PW_STAGE_DRIVE,
	PW_STAGE_SERVE,
	PW_STAGE_PROBE,
	PW_STAGE_REAP,
	PW_STAGE_COUNT
};

enum pw_image { PW_IMAGE_PRISTINE, PW_IMAGE_CALLER, PW_IMAGE_INTERPRETER };
enum pw_peer_kind { PW_PEER_NONE, PW_PEER_PROCESS, PW_PEER_THREAD };
enum pw_clock_source { PW_CLOCK_TSC, PW_CLOCK_MONOTONIC_RAW, PW_CLOCK_CNTVCT };
enum pw_task { PW_TASK_MEASURE, PW_TASK_PROVE };
/* What a reading is: ticks since the op began, a number, bytes, or ticks that a part of the op took. */
enum pw_reading_kind { PW_READING_TICKS, PW_READING_COUNT, PW_READING_BYTES, PW_READING_SPAN };

/* The level of one factor: a word, and its value where it is a quantity. */
struct pw_setting {
	char name[PW_NAME_MAX];
	char word[PW_NAME_MAX];
	uint64_t number;
};

/* What one worker is asked to do.  Times in ns, sizes in bytes. */
struct pw_trial {
	uint32_t task;
	uint32_t clock;
	char subject[PW_NAME_MAX];      /* name of a primitive or of a wall */
	uint32_t peer;                  /* enum pw_peer_kind */
	int32_t driver_cpu;             /* -1: leave the affinity alone */
	int32_t peer_cpu;
	uint32_t batch;                 /* ops in one sample, before dither */
	uint32_t dither;                /* at most this many ops are added at random */
	uint32_t chunk;                 /* samples between two looks at budget and counters */
	uint64_t samples;               /* samples wanted; never more than capacity */
	uint64_t warmup_ns;             /* untimed ops go on for this long */
	uint64_t budget_ns;             /* no new chunk starts after this; 0: no limit */
	uint64_t seed;
	uint32_t parties;               /* driver and peers; 2 where there is one peer */
	uint32_t readings;              /* 1: take the primitive's readings, one set a sample */
	uint64_t period;                /* open loop: ticks between intended begins; 0: closed loop */
	uint64_t spin;                  /* ticks spun for each op inside the timed region: a planted effect */
	uint64_t spin_outside;          /* the same, before each sample: its control */
	uint32_t setting_count;
	uint32_t reserved;
	struct pw_setting settings[PW_SETTINGS_MAX];
	char target[PW_PATH_MAX];       /* what exec runs */
	char directory[PW_PATH_MAX];    /* where files are made */
};

/* A tick value beside the MONOTONIC_RAW time at which it was read. */
struct pw_anchor {
	uint64_t ticks;
	uint64_t raw_ns;
	uint64_t width;                 /* ticks between the reads around raw_ns */
};

/* Change of one task's counters over `ops` ops. */
struct pw_counters {
	uint64_t ops;
	int64_t voluntary;              /* context switches */
	int64_t involuntary;
	int64_t minor_faults;
	int64_t major_faults;
	int64_t run_delay_ns;           /* runnable but not running; -1: not known */
	int64_t migrations;             /* samples that ended on a foreign CPU */
	int64_t steal_ns;               /* of the CPU, over the trial; -1: not known */
	int64_t wall_ns;                /* time that the counted chunks took */
	int64_t cpu_ns;                 /* CPU time of the task in them */
	int64_t others_cpu_ns;          /* ... of its other threads, and of children it reaped */
};

struct pw_fact {
	char name[PW_NAME_MAX];
	int64_t value;
};

struct pw_result {
	int32_t stage;                  /* PW_STAGE_NONE: no failure */
	int32_t error;                  /* errno of the failure, positive */
	int32_t finished;               /* 1 once the trial is complete */
	int32_t peer_pid;
	uint64_t count;                 /* samples that are valid now */
	uint64_t cold_ticks;            /* the very first op */
	uint64_t warmup_ops;
	struct pw_anchor begin;
	struct pw_anchor end;
	struct pw_counters driver;
	struct pw_counters party;       /* the peer's; zero where there is none */
	uint32_t fact_count;
	uint32_t reserved;
	struct pw_fact facts[PW_FACTS_MAX];
	char reason[PW_REASON_MAX];     /* the failure in words; empty: see error */
};

/* Head of the shared mapping; ticks[capacity], ops[capacity] and
 * readings[capacity][reading_count] (int64_t) follow it at the offsets given. */
struct pw_shared {
	uint32_t magic;
	uint32_t abi;
	uint64_t size;
	uint64_t capacity;
	uint64_t ticks_offset;
	uint64_t ops_offset;
	uint64_t readings_offset;
	uint64_t reading_count;
	struct pw_trial trial;
	struct pw_result result;
};

struct pw_launch {
	uint32_t image;
	int32_t shared_fd;
	struct pw_shared *shared;
	const char *const *argv;        /* not for the caller's image: what is executed, NULL at its end */
	const char *padding;            /* not for the caller's image: one "NAME=value" or NULL */
};

struct pw_worker {
	int32_t pid;
	int32_t pidfd;
	int32_t stage;                  /* set where starting failed */
};

struct pw_exit {
	int32_t code;                   /* CLD_EXITED, CLD_KILLED or CLD_DUMPED */
	int32_t status;                 /* exit status or signal */
};

uint32_t pw_abi(void);
const char *pw_stage_name(int stage);

uint32_t pw_primitive_count(void);
const char *pw_primitive_name(uint32_t index);
int pw_primitive_has_peer(uint32_t index);
/* NULL past the last one. */
const char *pw_primitive_reading(uint32_t index, uint32_t reading);
/* enum pw_reading_kind, or -EINVAL past the last one. */
int pw_primitive_reading_kind(uint32_t index, uint32_t reading);
uint32_t pw_wall_count(void);
const char *pw_wall_name(uint32_t index);

/* Bytes that a mapping for `capacity` samples with `readings` readings each takes. */
uint64_t pw_shared_size(uint64_t capacity, uint64_t readings);
/* Fill the head of a zeroed mapping of `size` bytes.  -EINVAL if too small. */
int pw_shared_init(struct pw_shared *shared, uint64_t size, uint64_t capacity, uint64_t readings);

/* What an interpreter does for its op, as in primitive.h.  open and close may be NULL. */
struct pw_hooks {
	int (*open)(void *state, const struct pw_trial *trial);
	int (*drive)(void *state, uint64_t ops);
	void (*close)(void *state);
};

/* Map what is on the descriptor, and close that.  NULL unless it is a trial of ours. */
struct pw_shared *pw_shared_attach(int fd);
/* Carry out shared->trial in this process, with these hooks: for interpreters.
 * 0, or negative errno with the stage noted. */
int pw_worker_interpret(struct pw_shared *shared, const struct pw_hooks *hooks);
/* Die with the parent.  -ESRCH if `parent` is already gone. */
int pw_task_bind_to_parent(int32_t parent);

/* Start one worker.  0, or negative errno with worker->stage set.  The worker
 * dies with the thread that started it, so that thread must stay to reap it. */
int pw_worker_start(const struct pw_launch *launch, struct pw_worker *worker);
/* The same for a child that the caller has forked itself, and that calls pw_worker_enter
 * before anything else. */
int pw_worker_adopt(int32_t pid, struct pw_worker *worker);
/* In that child: a process group of its own, death with the parent, and nothing of the
 * parent's handling of signals. */
int pw_worker_enter(int32_t parent);
/* Kill what is left of the worker's process group, reap the worker and close
 * its pidfd.  With force 0 the worker is first left to end by itself. */
int pw_worker_reap(struct pw_worker *worker, int force, struct pw_exit *out);

/* One anchor: the narrowest of several bracketed reads. */
int pw_clock_anchor(uint32_t source, struct pw_anchor *out);
/* Differences between n + 1 reads in a row, in ticks. */
int pw_clock_steps(uint32_t source, int64_t *steps, uint64_t n);
/* 1 if this build and machine can read the source at all. */
int pw_clock_available(uint32_t source);
/* cdef: end */

#endif
