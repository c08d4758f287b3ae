#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# `load` when calls fail: one call of many, alone; too few descriptors; files that cannot grow. Afterwards the old
# policy is loaded, with its aggregates, or the new one is. Without an old one, nothing is left. gpio-acl-faults is the
# command with calls that fail (tests/fault/fault.h).
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=force.sh
. "${0%/*}/force.sh"
plan 8
faults=$(rounds 15 10)
stride=$(((4700 + faults - 1) / faults)) # every call in a long soak
most=128 # descriptors
few=$((stride < 24 ? stride : 24)) # steps of the descriptors beyond those that the command itself needs

# outcome STATUS WHAT: after a load of the second policy over the first, which said $output
outcome() {
	local force maps
	force=$(in_force)
	maps=$(published)
	case $1,$force,$maps in
	0,second,second | 1,first,first) ;;
	1,second,second | 1,second,none) [[ $output == *"in force as generation"* ]] || wrong "$2: says nothing of what is in force" ;;
	*) wrong "$2: status $1, in force is $force, published $maps: $output" ;;
	esac
	[ "$1" = 0 ] || [ "$(grep -c 'error: ' <<<"$output")" = 1 ] || wrong "$2: not one message: $output"
	[ "$force,$maps" = first,first ] || must_load "$state/first.conf"
}

# nothing_left STATUS WHAT: after a load of the second policy where nothing was in force
nothing_left() {
	local force maps
	force=$(in_force)
	maps=$(published)
	case $1,$force,$maps in
	0,second,second) ;;
	1,none,none) [ -z "$(ls -A /sys/fs/bpf)" ] || wrong "$2: left in bpffs: $(ls -A /sys/fs/bpf), $output" ;;
	1,second,*) [[ $output == *"in force as generation"* ]] || wrong "$2: says nothing of what is in force" ;;
	*) wrong "$2: status $1, in force is $force, published $maps: $output" ;;
	esac
	[ "$force" = none ] || must_unload
}

# Before a load: a hook is missing, so that all of them are attached anew beside those at work. That takes long; a load
# that fails leaves the hooks as they are, and so the next one need not lose one.
lose_hook() {
	rm -f /sys/fs/bpf/gpio-acl/links-*/file_receive
}

# mended STATUS WHAT: as outcome, where a hook was lost before
mended() {
	local force
	force=$(what_holds ./client),$(what_holds "$other")
	case $1,$force in
	0,*)
		is "$2: in force" second "$(in_force)"
		must_load "$state/first.conf"
		;;
	1,first,first) ;;
	1,second,second) [[ $output == *"in force as generation"* ]] || wrong "$2: says nothing of what is in force" ;;
	*) wrong "$2: status $1, in force is $force: $output" ;;
	esac
	[ "$force" = first,first ] || must_load "$state/first.conf"
}

# each_fault JUDGE [BEFORE]: loads the second policy with one call after the other failing, BEFORE each of them
each_fault() {
	local n=1
	for ((;; n += stride)); do
		rm -f "$state/struck"
		[ -z "${2-}" ] || "$2"
		output=$(FAULT=$n FAULT_STRUCK=$state/struck ./gpio-acl-faults load "$state/second.conf" 2>&1)
		"$1" $? "call $n ($(cat "$state/struck" 2>/dev/null))"
		[ -e "$state/struck" ] || break
	done
	echo "# ${names[number]}: every ${stride}th of $n calls was made to fail"
}

# few_descriptors JUDGE [BEFORE]: loads it with more and more descriptors, until that is enough
few_descriptors() {
	local limit status
	for ((limit = 4; limit < most; limit += limit < 9 ? 1 : few)); do
		[ -z "${2-}" ] || "$2"
		output=$(ulimit -n $limit && gpio-acl load "$state/second.conf" 2>&1)
		status=$?
		"$1" $status "$limit descriptors"
		((status)) || break
	done
	((limit > 4)) || wrong "4 descriptors were enough"
	((limit < most)) || wrong "$limit descriptors were not enough"
	echo "# ${names[number]}: $limit descriptors are enough"
}

next "a reload: calls that fail"
loaded && must_load "$state/first.conf" && each_fault outcome
next "a reload: too few descriptors"
loaded && few_descriptors outcome
next "a reload that attaches the hooks anew: calls that fail"
loaded && each_fault mended lose_hook
next "a reload that attaches the hooks anew: too few descriptors"
loaded && few_descriptors mended lose_hook

next "a reload: files that cannot grow"
if loaded; then
	must_load "$state/first.conf"
	size=$(stat -c %s /run/gpio-acl/aggregates/x)
	for limit in 0 1 $((size / 2)) $((size - 1)); do
		output=$(trap '' XFSZ && prlimit --fsize="$limit" gpio-acl load "$state/second.conf" 2>&1)
		is "status with files of $limit bytes" 1 "$?"
		outcome 1 "files of $limit bytes"
	done
	output=$(trap '' XFSZ && prlimit --fsize="$size" gpio-acl load "$state/second.conf" 2>&1)
	outcome $? "files of $size bytes"
fi

next "a first load: calls that fail"
loaded && must_unload && each_fault nothing_left
next "a first load: too few descriptors"
loaded && few_descriptors nothing_left
next "after all of it a load works"
loaded && must_load "$state/first.conf" && is "in force" first "$(in_force)"

finish
