#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# Requests that are held while the policy changes: judged at every ioctl by the policy of that moment.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan 9

with_output() {
	load_policy <<-'END'
		chip a label "lab-a"
		allow user alice input output on a 15-17
		allow user bob   input        on a 20-21
	END
}

without_output() {
	load_policy <<-'END'
		chip a label "lab-a"
		allow user alice input        on a 15-17
		allow user bob   input        on a 20
	END
}

# hold STEP...: a client of $who that takes the steps, up to its first `wait`
hold() {
	audited=yes
	# shellcheck disable=SC2154
	coproc holder { exec ./client name "$comm" , as "${users[$who]}" , open gpiochip0 , "$@"; }
	# shellcheck disable=SC2154 # bash sets it
	holder_pid=$holder_PID
	answers wait >/dev/null || wrong "the lines cannot be held"
}

# answers STEP: what the holder says of this step
answers() {
	local said
	while read -r -t 10 said <&"${holder[0]}"; do
		if [[ $said = "$1: "* ]]; then
			echo "${said#*: }"
			return
		fi
	done
	return 1
}

go_on() {
	echo >&"${holder[1]}"
}

level_is() {
	is "value of line $1" "$2" "$(line_value "$main" "$1")"
}

with_output
next "a right is taken away, and given back"
loaded && records[number]="set values: policy 15:output 16:output"
hold request lines=15,16 flags=output , wait , set 3 1 , wait , try set 3 2 , wait , set 3 3 , wait
go_on
is "set" "done" "$(answers set)"
level_is 15 1
level_is 16 0
pid=$holder_pid
without_output
warned=${output-}
go_on
if loaded; then
	is "set without the right" EPERM "$(answers set)"
	level_is 15 1
	level_is 16 0
else
	is "set" "done" "$(answers set)"
fi
with_output
calm=${output-}
go_on
is "set with the right again" "done" "$(answers set)"
level_is 15 1
level_is 16 1
go_on
wait

next "load warns of who holds what it refuses"
if loaded; then
	has "$warned" "warning: process $pid \(30\.1\) of alice holds what this policy refuses it: gpiochip0 \"lab-a\" line 15 16;"
	[[ $calm != *warning* ]] || wrong "warned of nothing: $calm"
fi

next "load warns of each holder, of each line, once"
who=alice hold request lines=15,17 flags=input attr=flags:2:output , wait , wait
go_on
first=$holder_pid
who=bob
# A second one: a coprocess more would have bash warn.
(./client name "$comm" , as 1001 , open gpiochip0 , request lines=20-21 flags=input , wait >"$state/second" 2>&1 \
	< <(until [ -e "$state/end" ]; do sleep 0.1; done)) &
second() { grep -q waiting "$state/second"; }
soon second || wrong "bob cannot hold his lines: $(<"$state/second")"
without_output
if loaded; then
	has "$output" "process $first \(30\.3\) of alice holds what this policy refuses it: gpiochip0 \"lab-a\" line 17;"
	has "$output" "process [0-9]+ \(30\.3\) of bob holds what this policy refuses it: gpiochip0 \"lab-a\" line 21;"
	is "warnings" 2 "$(grep -c warning: <<<"$output")"
fi
touch "$state/end"
go_on
wait
rm -f "$state/end"

with_output
next "get values: with nothing allowed any more"
loaded && records[number]="get values: policy 21:input-or-output"
who=bob hold request lines=21 flags=input , wait , try get , wait , get
without_output
go_on
if loaded; then
	is "get without the right" EPERM "$(answers get)"
else
	is "get" "done 0x0" "$(answers get)"
fi
with_output
go_on
is "get with the right again" "done 0x0" "$(answers get)"
wait

next "set config: a right is taken away"
loaded && records[number]="set config: policy 17:output"
who=alice hold request lines=17 flags=input , wait , try config flags=output , wait , config flags=input
without_output
go_on
if loaded; then
	is "config to output" EPERM "$(answers config)"
	line_is_output gpiochip0 17 && wrong "line 17 became an output"
else
	is "config to output" "done" "$(answers config)"
fi
go_on
is "config to input" "done" "$(answers config)"
wait

with_output
next "a request made under a policy that is gone, passed on"
loaded && records[number]="receive descriptor: policy 21:input-or-output"
who=bob hold request lines=21 flags=input , wait , pass .
without_output
go_on
if loaded; then
	is "pass" EPERM "$(answers pass)"
else
	is "pass" "done" "$(answers pass)"
fi
wait

with_output
who=alice
next "edges still arrive, a line released can be taken again"
hold request lines=15 flags=output , wait , release , request lines=15 flags=output
with_output
go_on
is "request" "done" "$(answers request)"
wait

# While nothing changes but the generation, nothing changes.
allowed "after the reloads: allowed" request lines=15-17 flags=output
refused "after the reloads: refused" "line request: policy 15 20:output" request lines=15,20 flags=output

finish
