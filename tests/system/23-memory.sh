#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119,SC2154 # variables and functions of lib.sh
# Private memory: each kind of writer that could change a request is refused with its reason. What cannot write is not
# refused. A rule with `memory any` allows all of them, except processes that share their descriptors with another
# process. A user with every right on the chip is not checked for this at all.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
echo 1 >/proc/sys/vm/unprivileged_userfaultfd

load_policy <<END
chip a $main_is
allow user alice input output on a 1
allow user bob   input output on a 1 memory any
allow user bob   input        on a 2
allow user carol all          on a 0-$((lines - 1))
END

# Writers that the process has for good, and what the audit calls them.
declare -A ways=([thread]=threads [process]=shared-memory [tracer]=traced [mem]=memory-writer
	[uring]=io_uring [uring-left]=io_uring [vfork-killed]=shared-memory [aio]=aio [pin]=pinned [vhost]=device-memory
	[userfaultfd]=userfaultfd [free]=droppable)
! has_feature handoff || ways[lock]=busy
# Places where others could write the argument.
declare -A places=([shared]=mapped [file]=mapped [shared-file]=mapped [split]="split")
! has_feature droppable || places[droppable]=droppable
each=$((5 * ${#ways[@]} + 3 * ${#places[@]} + 1))
# Whether others can be kept waiting on another processor.
keeps_waiting() {
	has_feature handoff && has_feature smp
}
# Those of the writers that a child of fork() is tried with, below.
forked=$((${#ways[@]} - 2))
! has_feature handoff || forked=$((forked - 1))
plan $((22 + forked + each * ${#clients[@]} + 2 * $(keeps_waiting && echo 1 || echo 0)))

writers() {
	local bits=${client#./} way
	for way in "${!ways[@]}"; do
		refused "$bits: $way, request" "line request: ${ways[$way]} 1" memory "$way" , request lines=1 flags=input
		who=bob allowed "$bits: $way, memory any" memory "$way" , request lines=1 flags=input
		refused "$bits: $way, configuration" "set config: ${ways[$way]} 1" \
			request lines=1 flags=input , memory "$way" , config flags=input
		who=carol allowed "$bits: $way, all of the chip" memory "$way" , request lines=1 flags=input
		who=carol drives=1 allowed "$bits: $way, configuration, all of the chip" \
			request lines=1 flags=input , memory "$way" , config flags=output attr=values:1:1
	done
}

argument_places() {
	local bits=${client#./} place
	for place in "${!places[@]}"; do
		# The 32-bit way into the kernel cannot wait for a page; this one is there, it was written.
		refused "$bits: argument in $place" "line request: ${places[$place]} 1" request lines=1 flags=input at="$place"
		who=bob allowed "$bits: argument in $place, memory any" request lines=1 flags=input at="$place"
		who=carol allowed "$bits: argument in $place, all of the chip" request lines=1 flags=input at="$place"
	done
	allowed "$bits: argument across two pages" request lines=1 flags=input at=heap
}

for client in "${clients[@]}"; do
	writers
	argument_places
done
client=./client

allowed "who opened its own memory to read it" memory mem-read , request lines=1 flags=input
allowed "who opened another's memory" memory mem-other , request lines=1 flags=input
allowed "who has borrowed its memory to a child that could not execute anything" memory vfork-ended , \
	request lines=1 flags=input
allowed "who has started a program by posix_spawn()" memory spawn , request lines=1 flags=input
refused "who shares its descriptors" "line request: shared-descriptors 1" memory descriptors , request lines=1 flags=input
who=bob refused "who shares its descriptors, memory any" "line request: shared-descriptors 1" memory descriptors , \
	request lines=1 flags=input
who=bob refused "who shares its descriptors, memory any, and a thread" "line request: shared-descriptors 1" \
	memory descriptors , memory thread , request lines=1 flags=input
who=carol allowed "who shares its descriptors, all of the chip" memory descriptors , request lines=1 flags=input
who=carol allowed "who shares its descriptors, all of the chip, and a thread" \
	memory descriptors , memory thread , request lines=1 flags=input
who=bob refused "who has a thread, and then shares its descriptors" "line request: shared-descriptors 1" \
	memory thread , memory descriptors , request lines=1 flags=input
who=bob allowed "execve() ends all of it" memory descriptors , memory thread , memory mem , exec ./client , \
	open "$main" , request lines=1 flags=input
who=bob refused "memory any is of the rule's lines alone" "line request: threads 2" \
	memory thread , request lines=2 flags=input
who=bob refused "memory any gives no right" "line request: policy 3:input" memory thread , request lines=3 flags=input

# While the address space is locked, a request waits 0.1 s by the clock, and then a short time only.
# timed STEP...: the client takes so many ms for its steps: $took
timed() {
	local start=${EPOCHREALTIME/./}
	audited=yes
	output=$(./client name "$comm" , open "$main" , "$@" 2>&1) || wrong "$output"
	took=$(((${EPOCHREALTIME/./} - start) / 1000))
}

# repeat N TEXT
repeat() {
	local i
	for ((i = 0; i < $1; i++)); do
		printf '%s' "$2"
	done
}

# The eight that keep it locked have the other processor, or each request takes its time for want of one. How long the
# rest of a request takes depends on what else this machine does, so that times are compared with each other.
waits() {
	local request="try request lines=1 flags=input ," tries=0 others
	next "everyone waits the first time"
	loaded && records[number]="line request: policy 1:input$(repeat 9 ", line request: policy 1:input")"
	# shellcheck disable=SC2046
	timed memory lock , $(printf "as =%d , $request as =0 , " {3000..3009}) chipinfo
	others=$took
	! loaded || ((others >= 1000)) || wrong "10 requests of 10 users took $others ms"

	next "who has waited in vain does not wait so long again"
	until
		tries=$((tries + 1))
		# shellcheck disable=SC2046
		timed as 1000 , memory lock , $(repeat 40 "$request ") chipinfo
		((took < 4 * others || tries == 5))
	do :; done
	loaded && records[number]="line request: busy 1$(repeat $((40 * tries - 1)) ", line request: busy 1")"
	! loaded || ((took < 4 * others)) || wrong "40 requests took $took ms, 10 of others $others ms"
}
! keeps_waiting || waits

# What is handed down by fork(), until execve(): pages that another may have taken a reference to before. Two reasons are
# as true of the child, and keep their word.
for way in "${!ways[@]}"; do
	# A tracer stops its parent when the child ends.
	[[ " free lock tracer " != *" $way "* ]] || continue
	who='' refused "a child forked by who has $way" "line request: forked 1" \
		memory "$way" , fork 1000 , request lines=1 flags=input
done
who='' refused "a grandchild of who has a thread" "line request: forked 1" \
	memory thread , fork 1000 , fork . , request lines=1 flags=input
who='' allowed "a child forked by who has a thread, after execve()" memory thread , fork 1000 , exec ./client , \
	open "$main" , request lines=1 flags=input
who='' allowed "a child forked by who has a thread, all of the chip" \
	memory thread , fork "${users[carol]}" , request lines=1 flags=input
who='' allowed "a child forked by who has a thread, memory any" memory thread , fork 1001 , request lines=1 flags=input
who='' refused "a child of who freed pages" "line request: droppable 1" \
	memory free , fork 1000 , request lines=1 flags=input
who='' refused "a grandchild of who freed pages, and then let them be written" "line request: droppable 1" \
	memory free , memory mem , fork 1000 , fork . , request lines=1 flags=input
who='' allowed "a child of who freed pages, after execve()" memory free , fork 1000 , exec ./client , \
	open "$main" , request lines=1 flags=input
who='' allowed "a child of who freed nothing" fork 1000 , request lines=1 flags=input

# A process that was there before the first hook.
next "a process older than the hooks, until it executes something"
loaded && gpio-acl audit --since-boot >/dev/null &&
	has "$(gpio-acl unload)" "after the next load restart the programs that ask for lines"
loaded && records[number]="line request: preexisting 1, line request: preexisting 1"
coproc old { exec ./client name "$comm" , as 1000 , open "$main" , wait , try request lines=1 flags=input , release , \
	fork . , try request lines=1 flags=input , release , wait , exec ./client , open "$main" , request lines=2 flags=input , wait; }
# shellcheck disable=SC2154 # set by coproc
old_pid=$old_PID
audited=yes
# said STEP: what the process says of it
said() {
	local line
	while read -r -t 120 line <&"${old[0]}"; do
		[[ $line != "$1: "* ]] || break
	done
	line=${line#*: }
	echo "${line%% *}"
}
is "wait" waiting "$(said wait)"
load_policy <<END
chip a $main_is
allow user alice input output on a 1-2
END
echo >&"${old[1]}"
loaded && normal=EPERM
is "request before execve()" "$normal" "$(said request)"
is "request of its child" "$normal" "$(said request)"
echo >&"${old[1]}"
is "request after execve()" "done" "$(said request)"
kill "$old_pid" 2>/dev/null

finish
