#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# `load --boot`, as the unit calls it before any policy is loaded. If the policy cannot be loaded, the last one that was
# is loaded again; without one, all lines are closed to everybody but root. No call that fails after that, and no file
# system that is missing, read-only or full, leaves the machine open. gpio-acl-faults is the command with calls that
# fail (tests/fault/fault.h).
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan 30
faults=$(rounds 6 10)
stride=$(((400 + faults - 1) / faults))

kept=/var/lib/gpio-acl
drive1=(request lines=1 flags=output attr=values:1:1)
drive2=(request lines=2 flags=output attr=values:1:1)
mkdir -p /var/lib

# write_policy LINE: alice may drive this line
write_policy() {
	printf 'chip a %s\naggregate g = a %s\nallow user alice output on g\n' "$main_is" "$1" >"$policy.new"
	rm -rf "$policy"
	mv "$policy.new" "$policy"
}

# boot: nothing is in force; then the unit's command. What it said in $output, its status in $ended.
boot() {
	loaded || return 0
	gpio-acl audit --since-boot >/dev/null 2>&1
	gpio-acl unload >/dev/null
	ended=0
	output=$(gpio-acl load --boot 2>&1) || ended=$?
}

# may LINE: may alice drive it?
may() {
	./client as "${users[alice]}" , open "$main" , request "lines=$1" flags=output >/dev/null 2>&1
}

# in_force: what is, by which of the lines alice may drive
in_force() {
	if may 3; then
		echo nothing
	elif may 1; then
		echo first
	elif may 2; then
		echo second
	else
		echo closed
	fi
}

# listens PID: has watch got as far as that events are kept for it?
listens() {
	grep -qs ^inotify "/proc/$1/fdinfo"/*
}

# falls_back WHAT: the policy cannot be loaded: what is in force then; the first line says so, and status, and doctor
falls_back() {
	local says=${1/first/the last policy that was in force is in force again}
	loaded || return 0
	is "status of load --boot" 1 "$ended"
	has "${output%%$'\n'*}" "error: .* could not be loaded.*${says/closed/closed, nobody but root}"
	is "in force" "$1" "$(in_force)"
	output=$(gpio-acl status)
	is "status of status" 0 "$?"
	has "${output%%$'\n'*}" "could not be loaded at boot.*${1/first/last one that was in force}"
	is "origin" "${1/first/last}" "$(gpio-acl status --json | json origin)"
}

# never_open NAME HOW: boots with the policy that command makes of the good one: the last one; and without one: closed
never_open() {
	local how=$2
	next "$1: the last policy is in force again"
	if loaded; then
		write_policy 1
		gpio-acl load >/dev/null 2>&1 || wrong "load: $?"
		eval "$how"
		boot
		falls_back first
	fi
	next "$1, and there is no last policy: closed"
	loaded || return 0
	rm -rf "$kept"
	boot
	falls_back closed
	[ ! -d "$policy" ] || rmdir "$policy"
}

# ---- the policy

next "a good policy: it is in force, and kept, root's alone"
write_policy 1
rm -rf "$kept"
boot
if loaded; then
	is "status ($output)" 0 "$ended"
	is "in force" first "$(in_force)"
	is "mode" "600 root" "$(stat -c '%a %U' "$kept/last.conf")"
	is "mode of the folder" "700 root" "$(stat -c '%a %U' "$kept")"
	is "origin" policy "$(gpio-acl status --json | json origin)"
fi
allowed "what it allows is allowed" "${drive1[@]}"
drives=2 refused "and nothing else" "line request: policy 2:output" "${drive2[@]}"
never_open "no policy" 'rm "$policy"'
never_open "a folder" 'rm "$policy" && mkdir "$policy"'
never_open "others may write it" 'chmod 666 "$policy"'
never_open "another version" 'echo "allow unit plc.service output on g" >>"$policy"'
never_open "half written" 'truncate -s -5 "$policy"'
never_open "a loop of links" 'ln -sfn policy.conf "$policy"'
rm -f "$policy"
next "an empty policy: it is in force, and allows nothing"
write_policy 1
loaded && gpio-acl load >/dev/null
: >"$policy"
boot
loaded && is "in force" closed "$(in_force)"

# ---- what is kept

next "the last policy is the last that was loaded, from any file"
write_policy 1
if loaded; then
	gpio-acl load >/dev/null
	write_policy 2
	mv "$policy" "$state/second.conf"
	gpio-acl load "$state/second.conf" >/dev/null
	echo wrong >"$policy"
	boot
	is "in force" second "$(in_force)"
	has "$output" "again, from $state/second.conf"
fi
next "doctor says so first"
if loaded; then
	output=$(gpio-acl doctor)
	is "status" 1 "$?"
	has "${output%%$'\n'*}" "^problem +boot +the policy could not be loaded at boot: the last one"
fi
next "gpio-acl load of a mended policy ends it"
if loaded; then
	write_policy 1
	gpio-acl load >/dev/null || wrong "status $?"
	output=$(gpio-acl status)
	[[ $output != *boot* ]] || wrong "$output"
	is "in force" first "$(in_force)"
fi
next "load --permissive is for once: not kept"
if loaded; then
	gpio-acl load --permissive >/dev/null
	echo wrong >"$policy"
	boot
	falls_back first
fi
next "a load that fails by hand leaves what was in force, and kept"
if loaded; then
	write_policy 2
	gpio-acl load >/dev/null
	echo wrong >"$policy"
	gpio-acl load >/dev/null 2>&1 && wrong "status 0"
	is "in force" second "$(in_force)"
	gpio-acl load --boot >/dev/null 2>&1 && wrong "--boot: status 0"
	is "in force after --boot" second "$(in_force)"
	is "origin" policy "$(gpio-acl status --json | json origin)"
fi
next "a copy that is cut, or others may write, is not used"
if loaded; then
	truncate -s -1 "$kept/last.conf"
	boot
	falls_back closed
	has "$output" boot
	write_policy 1
	gpio-acl load >/dev/null
	echo wrong >"$policy"
	chmod 666 "$kept/last.conf"
	boot
	falls_back closed
fi

# ---- /var

# cannot_keep HOW OPTIONS: with a /var that is mounted so
cannot_keep() {
	write_policy 1
	next "/var is $1: the policy is in force, and load says that it cannot be kept"
	loaded || return 0
	mount -t tmpfs -o "$2" none /var/lib
	cat /dev/zero 2>/dev/null >/var/lib/full
	boot
	is "status" 0 "$ended"
	has "$output" "warning: cannot write $kept"
	is "in force" first "$(in_force)"
	echo wrong >"$policy"
	boot
	falls_back closed
	umount /var/lib
}

cannot_keep full size=16k
cannot_keep read-only ro
write_policy 1
next "/var comes late: closed; then watch puts the last policy in force"
if loaded; then
	rm -rf "$kept"
	gpio-acl load >/dev/null
	mount -t tmpfs none /var/lib
	echo wrong >"$policy"
	boot
	falls_back closed
	gpio-acl watch 2>"$state/watch.log" &
	soon listens $! || wrong "watch: $(<"$state/watch.log")"
	umount /var/lib
	echo >>/etc/group # an event; without one it takes 30 seconds
	soon may 1 || wrong "watch: $(<"$state/watch.log")"
	is "origin" last "$(gpio-acl status --json | json origin)"
	kill $!
	wait $!
fi
next "/var comes late: watch keeps the policy"
if loaded; then
	rm -rf "$kept"
	mount -t tmpfs -o ro none /var/lib
	write_policy 1
	gpio-acl load >/dev/null 2>&1
	gpio-acl watch 2>"$state/watch.log" &
	soon listens $! || wrong "watch: $(<"$state/watch.log")"
	umount /var/lib
	echo >>/etc/group
	soon [ -e "$kept/last.conf" ] || wrong "watch: $(<"$state/watch.log")"
	kill $!
	wait $!
fi

# ---- calls that fail

next "each call that fails: from the moment all is closed, never open"
if loaded; then
	closed=''
	for ((n = 1; ; n += stride)); do
		gpio-acl unload >/dev/null
		rm -f "$state/struck"
		FAULT=$n FAULT_STRUCK=$state/struck ./gpio-acl-faults load --boot >"$state/out" 2>&1
		if [ "$(in_force)" != nothing ]; then
			closed=yes
		elif [ -n "$closed" ]; then
			wrong "call $n: open: $(<"$state/out")"
		else # the kernel could not be asked, or the lock not be taken
			[ "$(grep -c 'error: ' "$state/out")" = 1 ] || wrong "call $n: not one message: $(<"$state/out")"
		fi
		[ -e "$state/struck" ] || break
	done
	echo "# every ${stride}th of $n calls of load --boot has failed"
	[ -n "$closed" ] || wrong "nothing was in force after any of them"
fi
next "wrong usage"
if loaded; then
	output=$(gpio-acl load --boot --permissive 2>&1)
	is "status" 2 "$?"
	gpio-acl load >/dev/null
fi
audited=yes
allowed "at the end: what is allowed is allowed" "${drive1[@]}"
drives=2 refused "and nothing else" "line request: policy 2:output" "${drive2[@]}"
finish
