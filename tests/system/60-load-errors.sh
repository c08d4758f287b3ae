#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# Unload leaves nothing behind. A load that this machine does not allow says why in one message, and leaves nothing
# behind either.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan 20

# left_nothing: no pin, no published map
left_nothing() {
	is "in bpffs" "" "$(ls -A /sys/fs/bpf)"
	[ ! -e /run/gpio-acl/aggregates ] || wrong "/run/gpio-acl/aggregates is there"
}

# fails NAME PATTERN COMMAND...: exit 1, one message
fails() {
	next "$1"
	local pattern=$2
	shift 2
	loaded || return 0
	output=$("$@" 2>&1 >/dev/null)
	is "status of $*" 1 "$?"
	has "$output" "$pattern"
	is "messages" $((1 + ${warned:-0})) "$(grep -cE "(error|warning): " <<<"$output")" # beside their notes
	left_nothing
}

# unpoliced NAME CLIENT STEP...: works as where no policy ever was
unpoliced() {
	next "$1"
	shift
	drives=5 attempt "$@"
	is "$output" "done" "$result"
	drives=5 hardware 1
	audited=no
}

printf 'chip a %s\naggregate x = a 1\nallow user alice input on x\n' "$main_is" >"$policy"

next "unload: nothing is left"
if loaded; then
	gpio-acl load >"$state/out" 2>&1 || wrong "load: $(<"$state/out")"
	[ -e /run/gpio-acl/aggregates/x ] || wrong "x was not published"
	output=$(gpio-acl unload 2>&1) || wrong "status $?: $output"
	has "$output" "unloaded"
	left_nothing
fi
unpoliced "unload: requests are as before" request lines=5 flags=output attr=values:1:1
client=$other unpoliced "unload: requests of $other are as before" request lines=5 flags=output attr=values:1:1
next "unload: again"
loaded && { output=$(gpio-acl unload) || wrong "status $?"; has "$output" "nothing was loaded"; }
next "status: not loaded"
if loaded; then
	output=$(gpio-acl status)
	is "status" 1 "$?"
	has "$output" "not loaded"
fi
next "status: not loaded, JSON"
loaded && is "mode" not_loaded "$(gpio-acl status --json | json mode)"
fails "audit: not loaded" "no policy is loaded" gpio-acl audit --since-boot
fails "show --loaded: not loaded" "no policy is loaded" gpio-acl show --loaded
next "map: not loaded"
if loaded; then
	output=$(gpio-acl map x 2>&1) && wrong "status 0"
	has "$output" "no policy is in force"
fi

fails "load: not root" "root" setpriv --reuid 1000 --regid 1000 --clear-groups gpio-acl load
fails "load: no such file" "/none/policy\.conf" gpio-acl load /none/policy.conf
loaded && mv "$policy" "$policy.away"
fails "load: no policy" "/etc/gpio-acl/policy\.conf" gpio-acl load
loaded && mv "$policy.away" "$policy"
loaded && umount /sys/fs/bpf
fails "load: bpffs is not mounted" "mount -t bpf" gpio-acl load
loaded && mount -t bpf -o mode=700 bpf /sys/fs/bpf
loaded && umount /sys/kernel/security
fails "load: securityfs is not mounted" "mount -t securityfs" gpio-acl load
loaded && mount -t securityfs securityfs /sys/kernel/security
restrict=$(</proc/sys/kernel/kptr_restrict)
loaded && echo 2 >/proc/sys/kernel/kptr_restrict
# The policy is read by then, and what it is warned of told.
warned=$(gpio-acl check 2>&1 | grep -c 'warning: ')
fails "load: the kernel's addresses are hidden" "kptr_restrict" gpio-acl load
echo "$restrict" >/proc/sys/kernel/kptr_restrict
unset warned

# What stands where the command wants to write.
next "load: a link for /run/gpio-acl"
if loaded; then
	mv /run/gpio-acl "$state/away"
	mkdir -p "$state/elsewhere"
	ln -s "$state/elsewhere" /run/gpio-acl
	output=$(gpio-acl load 2>&1) && wrong "status 0: $output"
	has "$output" "/run/gpio-acl"
	gpio-acl status >/dev/null && wrong "load failed, and yet its policy is in force"
	is "written elsewhere" "" "$(ls -A "$state/elsewhere")"
	rm /run/gpio-acl
	mv "$state/away" /run/gpio-acl
	gpio-acl unload >/dev/null 2>&1
	left_nothing
fi
unpoliced "after failed loads requests are as before" request lines=5 flags=output attr=values:1:1

next "load works after all of it, and twice"
if loaded; then
	gpio-acl load >"$state/out" 2>&1 || wrong "$(<"$state/out")"
	gpio-acl load >"$state/out" 2>&1 || wrong "$(<"$state/out")"
	has "$(<"$state/out")" "generation 2"
fi
audited=yes
allowed "loaded again: allowed" request lines=1 flags=input
drives=5 refused "loaded again: refused" "line request: policy 5:output" \
	request lines=5 flags=output attr=values:1:1

finish
