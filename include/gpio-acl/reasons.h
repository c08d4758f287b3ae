/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Why a request was refused, one row each: everything that prints a reason uses this table.
 * gpio-acl-reasons(7) has the same rows; a unit test compares them.
 */
#ifndef GPIO_ACL_REASONS_H
#define GPIO_ACL_REASONS_H

#define GPIO_ACL_HINT_ANY "let the rule say `memory any`"
#define GPIO_ACL_HINT_HELPER                                                                       \
	"ask for the line in a helper program without threads, or " GPIO_ACL_HINT_ANY

/*
 * X(name, word, text, hint): the word that audit and status show, what it means, and what helps
 * where no rule can (or NULL). The name is the index of its counter; ALLOWED counts what was not
 * refused.
 */
#define GPIO_ACL_REASONS(X)                                                                        \
	X(ALLOWED, "allowed", "", NULL)                                                            \
	X(POLICY, "policy", "no rule allows it, or a rule denies it", NULL)                        \
	X(COMMAND, "unknown-command", "a GPIO command that this version does not know",            \
	  "a newer gpio-acl may know this command")                                                \
	X(FLAG, "unknown-flag", "a line flag or attribute that this version does not know",        \
	  "a newer gpio-acl may know this flag")                                                   \
	X(MALFORMED, "malformed", "no lines, more than 64, or more attributes than there can be",  \
	  "the program is at fault: the kernel would refuse this, too, and does so when no "       \
	  "thread could change it meanwhile")                                                      \
	X(UNREADABLE, "unreadable", "the request could not be read from the program's memory",     \
	  "the request must be in memory that is present: a 32-bit program writes it just before " \
	  "it asks")                                                                               \
	X(KERNEL_READ, "kernel-read",                                                              \
	  "the chip or the held lines could not be read from the kernel",                          \
	  "the chip may have been unplugged; if not, a newer gpio-acl may know this kernel")       \
	X(TOO_MANY_GROUPS, "too-many-groups", "the process has more groups than can be judged",    \
	  "run the program with at most 1023 supplementary groups")                                \
	X(OWNERS, "owners", "whose subordinate uid the process has is not known: see /etc/subuid", \
	  "gpio-acl load tells which line of /etc/subuid has no user; mend it, and load the "      \
	  "policy again")                                                                          \
	X(NOMEM, "nomem", "no memory to judge the request in", "the machine is short of memory")   \
	X(THREADS, "threads", "another thread of the process could change the request",            \
	  "ask for all lines before the first thread starts, or in a helper program without "      \
	  "threads, or " GPIO_ACL_HINT_ANY                                                         \
	  ": lgpio (gpiozero, RPi.GPIO on a Raspberry Pi 5), Go, Node.js, Java and .NET have "     \
	  "threads whenever they ask")                                                             \
	X(PREEXISTING, "preexisting",                                                              \
	  "the process is older than gpio-acl: who shares its memory is not known",                \
	  "restart the program: it was running before the first load, or before the first one "    \
	  "after an unload")                                                                       \
	X(SHARED, "shared-memory", "another process shares the memory of this one",                \
	  GPIO_ACL_HINT_HELPER)                                                                    \
	X(TRACED, "traced", "the process is being traced",                                         \
	  "run the program without the tracer (strace, gdb), or " GPIO_ACL_HINT_ANY)               \
	X(WRITER, "memory-writer", "a process has opened the memory of this one for writing",      \
	  "restart the program, and let no debugger open its memory, or " GPIO_ACL_HINT_ANY)       \
	X(URING, "io_uring", "the process uses io_uring, which could write the request",           \
	  GPIO_ACL_HINT_HELPER)                                                                    \
	X(AIO, "aio", "the process uses kernel AIO, which could write the request",                \
	  GPIO_ACL_HINT_HELPER)                                                                    \
	X(PINNED, "pinned",                                                                        \
	  "pages of the process are or were pinned: by strace, direct I/O, io_uring or a device",  \
	  "restart the program, and look at it without strace or py-spy, which leave this sign "   \
	  "for good, as direct I/O does; or " GPIO_ACL_HINT_ANY)                                   \
	X(DEVICE, "device-memory", "a device shares the memory of the process",                    \
	  GPIO_ACL_HINT_HELPER)                                                                    \
	X(MAPPED, "mapped",                                                                        \
	  "the request lies in a mapping that is shared, a file's or a device's",                  \
	  "keep the request on the stack or the heap, as libgpiod does, not in a static or "       \
	  "global struct, which lies in the program file's mapping, or " GPIO_ACL_HINT_ANY)        \
	X(SPLIT, "split", "the request lies across several mappings",                              \
	  "keep the request on the stack or the heap, as libgpiod does, or " GPIO_ACL_HINT_ANY)    \
	X(USERFAULT, "userfaultfd", "the process uses userfaultfd, which could write the request", \
	  GPIO_ACL_HINT_HELPER)                                                                    \
	X(DROPPABLE, "droppable", "the request lies in memory that the kernel may drop",           \
	  "keep the request on the stack or the heap, as libgpiod does, or " GPIO_ACL_HINT_ANY)    \
	X(FORKED, "forked", "forked by a process whose memory others could write",                 \
	  "fork the helper before there are threads (io_uring, a tracer, …), or start it by "    \
	  "exec, or " GPIO_ACL_HINT_ANY)                                                           \
	X(DESCRIPTORS, "shared-descriptors", "another process shares the descriptors of this one", \
	  "use fork() in place of clone() with CLONE_FILES")                                       \
	X(BUSY, "busy", "the memory of the process was being changed for too long",                \
	  "try again: the memory of the process was busy")                                         \
	X(RACE, "race", "what the kernel took is not what was judged: the process was killed",     \
	  "an attack, unless the policy has `memory any` and the program is at fault; once it is " \
	  "settled: gpio-acl pardon")                                                              \
	X(CHANGED, "changed",                                                                      \
	  "the request was changed before the kernel read it, to one that the policy allows",      \
	  NULL)                                                                                    \
	X(BYPASS, "bypass", "a line was taken without a GPIO request, through sysfs say",          \
	  "not through /dev/gpiochipN: see who may write /sys/class/gpio")                         \
	X(QUARANTINED, "quarantined", "a process of this user tried a race; see gpio-acl pardon",  \
	  "look for this user's `race` records; then: gpio-acl pardon")

enum gpio_acl_reason {
#define X(name, word, text, hint) GPIO_ACL_REASON_##name,
	GPIO_ACL_REASONS(X)
#undef X
		GPIO_ACL_NUM_REASONS,
};

#endif
