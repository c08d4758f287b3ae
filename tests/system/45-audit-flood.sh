#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# The audit under floods of refusals, made by four processes as fast as they can: without a reader, and with a reader
# that follows, is stopped, or is killed. Every refusal is counted. Every record is read, kept, or counted as lost.
# Other users get what they are allowed, and their refusals are in the audit, as are lines that are taken without a
# request.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan 17
flood=$(rounds 16000 10)
((flood >= 16000)) || flood=16000 # more than the ring has room for
loaded || flood=400
spool=/run/gpio-acl/audit

load_policy <<END
chip a $main_is
allow user bob output on a 0
END

# counter WORD: of gpio-acl status
counter() {
	local value=0
	! loaded || value=$(gpio-acl status --json | sed -n "s/.*\"$1\":\([0-9][0-9]*\).*/\1/p")
	echo "${value:-0}"
}

# What bob does after a flood, before anybody has read: asks for a line, and takes one by the kernel's older way.
do_as_bystander() {
	local device folder base=0
	device=$(realpath "/sys/bus/gpio/devices/$main/..")
	for folder in /sys/class/gpio/gpiochip*; do
		[ "$(realpath "$folder/device")" != "$device" ] || base=$(<"$folder/base")
	done
	chmod 666 /sys/class/gpio/export /sys/class/gpio/unexport
	asked=$(./client name bystander , as 1001 , open "$main" , request lines=1 flags=input 2>&1)
	taken=$(./client name bystander , as 1001 , write /sys/class/gpio/export $((base + 2)) , \
		write /sys/class/gpio/unexport $((base + 2)) 2>&1)
	chmod 200 /sys/class/gpio/export /sys/class/gpio/unexport
}

# begin_flood: in the background, beside bob, who uses his line all the time
begin_flood() {
	local i
	refused_before=$(counter policy)
	lost_before=$(counter audit_lost)
	floods=()
	rm -f "$state/flood.end"
	./client as 1001 , open "$main" , use "$state/flood.end" 0 >"$state/flood.use" 2>&1 &
	user=$!
	for i in 1 2 3 4; do
		./client name flood , as 1000 , open "$main" , flood $((flood / 4)) "$i" >"$state/flood.$i" 2>&1 &
		floods+=($!)
	done
}

# end_flood: waits for it; what it was in $sum, what of it the audit lost in $lost
end_flood() {
	wait "${floods[@]}"
	touch "$state/flood.end"
	wait "$user"
	sum=$(cat "$state"/flood.[1-4] | awk -F'[= ]' '/^flood: done/ { a += $4; r += $6 } END { printf "allowed=%d refused=%d", a, r }')
	lost=$(($(counter audit_lost) - lost_before))
}

# check_flood WHEN: two tests, of what the flood and bob got, and of the counters
check_flood() {
	next "$1: every request is refused, and counted"
	if loaded; then
		is "the four processes" "allowed=0 refused=$flood" "$sum"
		is "counted" "$flood" $(($(counter policy) - refused_before))
	else
		is "the four processes" "allowed=$flood refused=0" "$sum"
	fi
	next "$1: who asks for what is allowed gets it"
	has "$(<"$state/flood.use")" 'use: done [1-9][0-9]* times$'
}

# shown FILE: how many records of floods a reader has printed
shown() {
	grep -c ' flood\[' "$1"
}

forget_records() {
	! loaded || gpio-acl audit --since-boot >"$state/flood.out" 2>&1
	rm -f "$spool" "$spool.old"
}

begin_reader() {
	gpio-acl audit >"$state/flood.out" 2>"$state/flood.err" &
	reader=$!
	soon grep -qs "^$reader " /run/gpio-acl/audit.lock
}

has_shown() {
	(($(shown "$state/flood.out") >= $1))
}

# end_reader: when it has read what there is
end_reader() {
	soon has_shown $((flood - lost))
	kill -INT "$reader"
	wait "$reader"
}

# ---- nobody reads

forget_records
left_out_before=$(counter audit_left_out)
begin_flood
end_flood
check_flood "unread"
do_as_bystander
! loaded || gpio-acl audit --since-boot >"$state/flood.out" 2>"$state/flood.err"
next "unread: what the ring has room for is read afterwards, the rest is counted as lost"
if loaded; then
	is "read and lost" "$flood" $(($(shown "$state/flood.out") + lost))
	((lost > 0)) || wrong "nothing was lost: this was no flood"
	is "warnings" "" "$(<"$state/flood.err")"
fi
next "unread: one record tells of whose records how many were left out"
if loaded; then
	is "status" "$lost" $(($(counter audit_left_out) - left_out_before))
	told=$(grep -o '[0-9]* records\? of .*' "$state/flood.out")
	is "told" "$lost records of alice (1000) were left out: too many at once (left-out, refused)" "$told"
	json=$(gpio-acl audit --since-boot --json | grep left-out)
	has "$json" "\"uid\":1000,\"user\":\"alice\",\"reason\":\"left-out\",\"kind\":\"refused\",\"left_out\":$lost}"
fi
next "unread: what is refused to another user then is in the audit"
loaded && is "request" "request: EPERM" "${asked##*$'\n'}"
loaded || is "request" "request: done" "${asked##*$'\n'}"
! loaded || has "$(<"$state/flood.out")" ' refused bob \(1001:1001\) bystander\[[0-9]*\] line request on [^:]*: line 1: input '
next "unread: so is the line that is taken without a request"
is "export" "write: done" "${taken##*$'\n'}"
! loaded || has "$(<"$state/flood.out")" 'not judged: bob \(1001:1001\) bystander\[.*; the kernel took line 2 '

# ---- a reader follows, and a second one is started

forget_records
next "followed: a second reader is refused"
if loaded; then
	begin_reader || wrong "the reader does not start"
	begin_flood
	output=$(gpio-acl audit --since-boot 2>&1)
	is "status" 1 $?
	has "$output" "process $reader .*reads the audit already"
	end_flood
	memory=$(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$reader/status")
	end_reader
else
	begin_flood
	end_flood
fi
check_flood "followed"
next "followed: every record is read or counted as lost"
! loaded || is "read and lost" "$flood" $(($(shown "$state/flood.out") + lost))
next "followed: the reader's memory and what it keeps are bounded"
if loaded; then
	((memory > 0 && memory < 4096)) || wrong "it has $memory KiB of memory of its own"
	kept=$(cat "$spool" "$spool.old" 2>/dev/null | wc -c)
	((kept > 0 && kept <= 8 << 20)) || wrong "it keeps $kept bytes"
fi

# ---- the reader is stopped in the middle

forget_records
! loaded || begin_reader
begin_flood
if loaded; then
	soon has_shown 1
	kill -STOP "$reader"
	end_flood
	kill -CONT "$reader"
	end_reader
else
	end_flood
fi
check_flood "stopped"
next "stopped: every record is read or counted as lost"
! loaded || is "read and lost" "$flood" $(($(shown "$state/flood.out") + lost))

# ---- the reader is killed in the middle

forget_records
! loaded || begin_reader
begin_flood
if loaded; then
	soon has_shown 1
	kill -KILL "$reader"
	wait "$reader" 2>"$state/flood.err"
fi
end_flood
check_flood "killed"
next "killed: the next reader finds every record that was not lost, one at most twice"
if loaded; then
	gpio-acl audit --since-boot >"$state/flood.out" 2>"$state/flood.err"
	dropped=$(sed -n 's/.* \([0-9]*\) earlier records.*/\1/p' "$state/flood.err")
	accounted=$(($(shown "$state/flood.out") + ${dropped:-0} + lost))
	((accounted == flood || accounted == flood + 1)) || wrong "of $flood records $accounted are read, dropped or lost"
fi

forget_records
finish
