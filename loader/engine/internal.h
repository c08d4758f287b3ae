/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the engine share, and nobody else may use: see engine.h. */
#ifndef LOADER_ENGINE_INTERNAL_H
#define LOADER_ENGINE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "loader/engine/engine.h"
#include "loader/engine/kernel.h"

struct bpf_object;
struct btf;

#define ABI_TEXT_(n) #n
#define ABI_TEXT(n)  ABI_TEXT_(n)
#define MAPS_PREFIX  "maps-"
#define MAPS	     MAPS_PREFIX ABI_TEXT(GPIO_ACL_ABI)
#define MAPS_DIR     PIN_DIR "/" MAPS
#define LINKS	     "links-"
#define NAME_LEN     256 /* a name in a folder: NAME_MAX and a NUL */
#define PATH_LEN     640 /* PIN_DIR and two names */

/*
 * Programs by name, which is also their pin's. HELD and LEFT_OUT are iterators that engine_held()
 * and engine_left_out() read; SCAN_TASKS is one that is read once, at load, and not pinned.
 */
#define HELD	   "held_lines"
#define LEFT_OUT   "left_out"
#define SCAN_TASKS "scan_tasks"
#define FILE_ALLOC "file_alloc" /* attached only while a rule says `memory any` */

/* ---- engine.c ------------------------------------------------------------------------- */

/* Is a need of the kernel met? 0, or -1 after a message. */
int engine_check(enum kernel_need need);

/* CLOCK_REALTIME in ns. */
uint64_t engine_realtime(void);

/* ---- pins.c --------------------------------------------------------------------------- */

/* Is there a pin @name in the folder @dir of PIN_DIR? */
bool pins_have(const char *dir, const char *name);

/* Finds a links folder whose name begins with @prefix, into @name; false: there is none. */
bool pins_find(const char *prefix, bool complete, char *name, size_t size);

/* The same, only a complete one. */
bool pins_find_links(const char *prefix, char *name, size_t size);

/* Are there maps of another ABI, whose policy may be in force? */
bool pins_of_other_abi(void);

/* Removes a folder of pins, and so detaches what is pinned only there. 0, or -1 with errno. */
int pins_remove(const char *name);

/* Removes every folder of pins but these two (or NULL). 0, or -1 after a message. */
int pins_remove_others(const char *links, const char *maps);

/* Makes a folder, unless it is there. 0, or -1 after a message. */
int pins_make_folder(const char *path, mode_t mode);

/* The descriptor of a pinned map, or -1 with errno. */
int pins_open_map(const char *name);

/* ---- policy_map.c --------------------------------------------------------------------- */

/* The policy's map in the map of maps @policies; -ENOENT: none is published; another -errno. */
int policy_map_open(int policies);

/* The same by the pin. Every error but -ENOENT after a message. */
int policy_map_open_pinned(void);

/* Does a rule of the policy in force say `memory any`? False where that cannot be read. */
bool policy_map_memory_any(void);

/* Puts an image in force with one update. 0, or -1 after a message; then nothing has changed. */
int policy_map_publish(const struct image *image, uint64_t *generation);

/* ---- hooks.c -------------------------------------------------------------------------- */

/* As engine_hooks(), without a look at which are needed and attached. */
size_t hooks_all(const struct engine_hook **list);

/* Does this kernel need an optional hook that is not by_policy? */
bool hook_is_needed(const struct btf *kernel, const struct engine_hook *hook);

/* ---- programs.c ----------------------------------------------------------------------- */

/* A hash of the BPF object: programs of the same object need not be attached again. */
uint64_t programs_build_id(void);

/* The BPF object, to be looked at and closed; NULL with errno. */
struct bpf_object *programs_open(void);

/* Keeps libbpf from printing, unless GPIO_ACL_DEBUG is set. */
void programs_quiet_libbpf(void);

/*
 * programs_start() - load programs, attach them, and pin their links in the folder @links
 * @file_alloc: FILE_ALLOC alone, or all others that this kernel needs
 *
 * Over the maps that are pinned, if any. 0, or -1 after a message.
 */
int programs_start(const char *links, bool file_alloc);

#endif
