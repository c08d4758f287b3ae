/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An attack is a *change* (what of a GPIO request is exchanged after it was checked: an offset, a
 * flag) made by a *writer* (what exchanges it: a thread, another process, an asynchronous read).
 * An attack is called CHANGE/WRITER. Any change goes with any writer; list.c says which are run.
 */
#ifndef ATTACK_H
#define ATTACK_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PAGE	  4096ul
#define AREA_SIZE (2 * PAGE)

/* The lines of the policy that tests/attack/guest loads. */
enum {
	FORBIDDEN = 0, /* nobody may have it; 0 is also what a vanished page turns an offset into */
	ALLOWED = 1,   /* everything is allowed on it */
	INPUT_ONLY = 2, /* may be an input, never an output */
};

/* The result, in memory that the supervisor and all processes of the attack share. */
struct tally {
	unsigned long attempts, allowed, refused, failed;
	unsigned long wins;	   /* attempts that won in any of these ways */
	unsigned long descriptors; /* held on a line, or an output, that was never checked */
	unsigned long taken;	   /* line info shows the forbidden line in use */
	unsigned long driven;	   /* line info shows it an output */
	unsigned long valued;	   /* the line's level is the attacker's value */
	unsigned long caught;	   /* descriptors that a bystander got hold of */
	unsigned long killed;
	int error;	  /* of the last attempt that failed other than by EPERM */
	bool stop;	  /* the supervisor wants no more attempts */
	bool stopped;	  /* and none is in progress */
	int shared_fd;	  /* a descriptor's number, passed from one process to another */
	pid_t ending;	  /* an exiting task, whose memory another process writes */
	char absent[128]; /* why the attack's requirements are not met here */
	char lacks[32];	  /* the board's word for that (tests/lab/README.md), or empty */
	char broken[128]; /* why the attack could not be made */
};

/* One word of the argument has two values: the one to be checked and the one to be used. */
struct flip {
	char *area;	      /* AREA_SIZE bytes */
	void *argument;	      /* lies in the area, across its two pages */
	volatile __u32 *word; /* lies in the argument */
	char *page;	      /* the page of the word */
	__u32 checked, raced; /* its two values */
	char images[2][PAGE] __attribute__((aligned(4096))); /* that page with either value */
};

struct change {
	const char *name;
	size_t word; /* offset of the word in the argument */
	__u32 checked, raced;
	int target; /* the line that it tries to take or drive */
	bool takes; /* its aim is to hold the line, not to make it an output */
	bool holds; /* it changes a request that is held already */
	bool v1;    /* of the first uAPI */
	unsigned long command;
	void (*fill)(void *argument);
};

struct writer {
	const char *name;
	/* Puts other memory than anonymous private memory at flip->page. */
	void (*map)(struct flip *flip);
	/* Starts the writer, and calls attempts() in the requester; neither returns. */
	void (*run)(struct flip *flip);
	/* Before each attempt, in the requester; NULL sets the word to the checked value. */
	void (*before)(struct flip *flip);
	/* The win is a descriptor that a bystander gets hold of. */
	bool bystander;
	/* What it wins stays open, for a bystander that shares its descriptors. */
	bool keeps;
};

extern struct tally *tally;
extern int chip;	     /* /dev/gpiochipN */
extern const char *disk;     /* a block device for O_DIRECT, or NULL */
extern unsigned int next_fd; /* where the next request's descriptor will be, or 0 */
extern const struct change changes[];
extern const struct writer sharing_writers[], process_writers[], io_writers[], page_writers[],
	fuse_writers[];

/*
 * The attack cannot be made here; both end it. @word: of tests/lab/README.md, that a machine has to
 * lack for this; NULL: every machine has what is absent.
 */
void __attribute__((noreturn)) absent(const char *word, const char *what);
void __attribute__((noreturn)) broken(const char *what);

/* Sets next_fd. attempts() does, but a bystander must know it before. */
void learn_next_fd(void);
/*
 * A request that the policy allows, and nobody races: false when it is refused. A change on a held
 * request has it kept.
 */
bool request_allowed(const struct change *change);
/* Makes the argument and its memory, for attempts(). */
void make_argument(struct flip *flip, const struct change *change, const struct writer *writer);
/* Requests until the supervisor says stop. */
void __attribute__((noreturn)) attempts(struct flip *flip);
/* Asks the kernel whether the change has won, and counts in which ways. */
bool look(const struct change *change, bool have);
/* The line's level, as its hardware has it; false where none was named. */
bool line_value(int line);
/* A file of the user's own cgroup, in which the attack is, opened for writing. */
int open_cgroup(const char *file);
/* Has the supervisor make an input of the target again and give it back. */
void ask_for_reset(void);

/* Turns of an empty loop: about as long as the check and the use are apart, and as a wake-up takes.
 */
enum { SHORT = 1000, LONG = 300000 };
void random_pause(unsigned int max);
/* Ends who calls it, as one that was killed. */
void die(int signal);
/* Runs on that processor from now on. */
void use_processor(int number);
/* Does the descriptor hold the forbidden line? */
bool is_forbidden(int fd);
/* Exchanges the word for ever. */
int flip_word(void *arg);
/* The same through a file, at that offset. */
void write_file(struct flip *flip, int fd, off_t at);
/* The top of a new stack of 1 MB, for clone(). */
void *new_stack(void);
/* For the `before` of a writer that sets the word itself. */
void nothing_before(struct flip *flip);
void start_thread(void *(*run)(void *), struct flip *flip);
/* fork() that shares what @flags says, and dies with its parent. */
pid_t start_process(unsigned long flags);
/* fork() into a child that is to request, whose end is the parent's. */
pid_t start_requester(void);
/*
 * For the `before` of a writer: returns once in each of many children, which makes one attempt and
 * ends. prepare() is called in their parent, before each.
 */
void attempt_in_child(void (*prepare)(struct flip *), struct flip *flip);
/* A file of both images, the checked one first. */
int image_file(struct flip *flip);

/* NULL: no such one. */
const struct change *find_change(const char *name, size_t length);
const struct writer *find_writer(const char *name);
/* One attack a line, with a tab and why it cannot win, if it cannot. */
void list_attacks(void);

#endif
