#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# On a kernel whose BPF LSM is not active (`run` boots it with lsm=capability): load says what is wrong and how to
# mend it, nothing is attached, nothing is refused; what needs no kernel works.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan 6

printf 'chip a %s\nallow user alice input on a 1\n' "$main_is" >"$policy"

next "load says what is wrong and how to mend it"
if loaded; then
	output=$(gpio-acl load 2>&1)
	is "status" 1 "$?"
	has "$output" "the BPF LSM is not active \(active: [a-z,_]+\)"
	has "$output" "lsm=[a-z,_]+,bpf"
	is "messages" 1 "$(wc -l <<<"$output")"
	is "in bpffs" "" "$(ls -A /sys/fs/bpf)"
fi
next "doctor says the same"
if loaded; then
	output=$(gpio-acl doctor 2>&1)
	is "status" 1 "$?"
	has "$output" "problem +lsm +the BPF LSM is not active \(active: [a-z,_]+\)"
	has "$output" "remedy: boot with lsm=[a-z,_]+,bpf"
	is "in bpffs" "" "$(ls -A /sys/fs/bpf)"
fi
next "status"
loaded && { output=$(gpio-acl status 2>&1) && wrong "status 0"; has "$output" "not loaded"; }
next "check"
loaded && { output=$(gpio-acl check 2>&1) || wrong "status $?: $output"; }
next "explain"
loaded && { gpio-acl explain --policy "$policy" alice a 1 input >"$state/out" 2>&1 || wrong "$(<"$state/out")"; }
next "nothing is refused"
attempt request lines=5 flags=output
is "$output" "done" "$result"
audited=no

finish
