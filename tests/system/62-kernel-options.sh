#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# Kernels that were built without an option, as far as `load` can tell: the kernel's BTF and symbols are replaced by a
# copy without what the option adds (without.c). The programs are loaded and attached, and they check. A kernel that has
# the facility but lacks a field is refused, and the message names the field.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan $((${SOAK:-0} ? 12 : 4))

btf=/sys/kernel/btf/vmlinux
printf 'chip a %s\nallow user alice input on a 1\n' "$main_is" >"$policy"

# hide WORD...: of the kernel's types; those that this kernel has not are left out
hide() {
	local word words=()
	for word in "$@"; do
		./without "$btf" "$word" >/dev/null 2>&1 && words+=("$word")
	done
	./without "$btf" "${words[@]}" >"$state/btf" || wrong "cannot take out $*"
	mount --bind "$state/btf" "$btf"
}

# list PATTERN: the kernel's symbols, less the lines with a match of it
list() {
	grep -Ev "$1" /proc/kallsyms >"$state/kallsyms"
	mount --bind "$state/kallsyms" /proc/kallsyms
}

reveal() {
	umount "$btf" /proc/kallsyms 2>/dev/null
	gpio-acl unload >/dev/null 2>&1
}

# judges NAME: load works, alice may do what the policy says, and no more
judges() {
	next "$1"
	if loaded; then
		gpio-acl load >"$state/out" 2>&1 || wrong "load: $(<"$state/out")"
		output=$(gpio-acl doctor 2>&1)
		[[ $output != *"not attached"* ]] || wrong "$output"
	fi
	attempt request lines=1 flags=input
	is "$output" "done" "$result"
	drives=5 attempt request lines=5 flags=output attr=values:1:1
	! loaded || normal=EPERM
	is "$output" "$normal" "$result"
	normal="done"
	! loaded || reveal
	audited=no
}

# fails NAME PATTERN: load fails with one message, and leaves nothing
fails() {
	next "$1"
	loaded || return 0
	output=$(gpio-acl load 2>&1 >/dev/null)
	is "status" 1 "$?"
	has "$output" "$2"
	# Beside what the policy is warned of.
	is "messages" 1 "$(grep -c '^gpio-acl: error: ' <<<"$output")"
	is "in bpffs" "" "$(ls -A /sys/fs/bpf)"
	reveal
}

v1=' line(handle|event)_(ioctl|fileops)$'
variables=' [^tTwW] '

userfaultfd="vm_userfaultfd_ctx.ctx userfaultfd_ctx"
aio="mm_struct.ioctx_table kioctx_table"
notifier="mm_struct.notifier_subscriptions mmu_notifier_subscriptions"
uring="task_struct.io_uring io_wq"
compat="gpio_ioctl_compat()"
huge="madvise_free_huge_pmd() do_huge_pmd_anonymous_page() mm_struct.pmd_huge_pte"
cdev_v1="linehandle_state lineevent_state linehandle_ioctl() lineevent_ioctl()"

# shellcheck disable=SC2086 # words
if loaded; then
	without() { hide $1; }
else
	without() { :; }
	list() { :; }
fi

# Each by itself, in a soak: a load takes seconds here.
each_alone() {
	without "$userfaultfd"
	judges "without USERFAULTFD"
	without "$aio"
	judges "without AIO"
	without "$notifier"
	judges "without MMU_NOTIFIER"
	without "$uring"
	judges "without IO_URING"
	without "$compat"
	judges "without COMPAT"
	without "$huge"
	judges "without TRANSPARENT_HUGEPAGE"
	without "$cdev_v1"
	list "$v1"
	judges "without GPIO_CDEV_V1"
	list "$variables"
	judges "without KALLSYMS_ALL"
}

((!${SOAK:-0})) || each_alone
without "$userfaultfd $aio $notifier $uring $compat $huge $cdev_v1"
list "$v1|$variables"
judges "without any of them"

without task_struct.io_uring
fails "a field that is elsewhere is named" "task_struct\.io_uring"
without "bpf_lsm_file_ioctl()"
fails "an LSM hook that is missing is named, and the option" "file_ioctl.*CONFIG_BPF_LSM=y"
list ' (gpio|linereq)_ioctl$'
fails "a function that serves no GPIO file is named, and the option" "gpio_ioctl.*CONFIG_GPIO_CDEV=y"

finish
