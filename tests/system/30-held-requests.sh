#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# Requests that are held while the policy changes: each ioctl is checked against the policy of that moment.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan 10

with_output() {
	load_policy <<-END
		chip a $main_is
		allow user alice input output on a 1-3
		allow user bob   input        on a 4-5
	END
}

without_output() {
	load_policy <<-END
		chip a $main_is
		allow user alice input        on a 1-3
		allow user bob   input        on a 4
	END
}

level_is() {
	is "value of line $1" "$2" "$(line_value "$main" "$1")"
}

second_waits() { grep -qs waiting "$state/second"; }

# second_holds AS STEP...: like `hold`, beside the holder. A coprocess more would have bash warn.
second_holds() {
	rm -f "$state/end" "$state/second"
	(./client name "$comm" , as "$1" , open "$main" , "${@:2}" , wait >"$state/second" 2>&1 \
		< <(until [ -e "$state/end" ]; do sleep 0.1; done)) &
	soon second_waits || wrong "the second holder cannot hold its lines: $(<"$state/second")"
}

# Holder and second holder end.
all_go_on() {
	touch "$state/end"
	go_on
	wait
}

with_output
next "a right is taken away, and given back"
loaded && records[number]="set values: policy 1:output 2:output"
hold request lines=1,2 flags=output , wait , set 3 1 , wait , try set 3 2 , wait , set 3 3 , wait
go_on
is "set" "done" "$(answers set)"
level_is 1 1
level_is 2 0
pid=$holder_pid
without_output
warned=${output-}
go_on
if loaded; then
	is "set without the right" EPERM "$(answers set)"
	level_is 1 1
	level_is 2 0
else
	is "set" "done" "$(answers set)"
fi
with_output
quiet=${output-}
go_on
is "set with the right again" "done" "$(answers set)"
level_is 1 1
level_is 2 1
go_on
wait

next "load warns of who holds what it refuses"
if loaded; then
	has "$warned" "warning: process $pid \(30\.1\) of alice holds what this policy refuses it: $main \"$label\" line 1 2;"
	[[ $quiet != *"warning: process"* ]] || wrong "warned of nothing: $quiet"
fi

next "load warns of each holder, of each line, once"
who=alice hold request lines=1,3 flags=input attr=flags:2:output , wait , wait
go_on
first=$holder_pid
second_holds "${users[bob]}" request lines=4-5 flags=input
without_output
if loaded; then
	has "$output" "process $first \(30\.3\) of alice holds what this policy refuses it: $main \"$label\" line 3;"
	has "$output" "process [0-9]+ \(30\.3\) of bob holds what this policy refuses it: $main \"$label\" line 5;"
	is "warnings" 2 "$(grep -c "warning: process" <<<"$output")"
fi
all_go_on

with_output
next "load tells those of one user apart by their groups"
users[operator]=${users[alice]}:${users[alice]}:2000
who=operator hold request lines=1 flags=input , wait
second_holds "${users[alice]}" request lines=2 flags=input
load_policy <<-END
	chip a $main_is
	allow group operators input on a 1-2
END
if loaded; then
	has "$output" "process [0-9]+ \(30\.4\) of alice holds what this policy refuses it: $main \"$label\" line 2;"
	is "warnings" 1 "$(grep -c "warning: process" <<<"$output")"
fi
all_go_on

with_output
next "get values: with nothing allowed any more"
loaded && records[number]="get values: policy 5:input-or-output"
reset_line "$main" 5
who=bob hold request lines=5 flags=input , wait , try get , wait , get , wait
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
go_on
wait

next "set config: a right is taken away"
loaded && records[number]="set config: policy 3:output"
who=alice hold request lines=3 flags=input , wait , try config flags=output , wait , config flags=input , wait
without_output
go_on
if loaded; then
	is "config to output" EPERM "$(answers config)"
	line_is_output "$main" 3 && wrong "line 3 became an output"
else
	is "config to output" "done" "$(answers config)"
fi
go_on
is "config to input" "done" "$(answers config)"
go_on
wait

with_output
next "a request made under a policy that is gone, passed on"
loaded && records[number]="receive descriptor: policy 5:input-or-output"
who=bob hold request lines=5 flags=input , wait , pass .
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
hold request lines=1 flags=output , wait , release , request lines=1 flags=output , wait
with_output
go_on
is "request" "done" "$(answers request)"
go_on
wait

# While nothing changes but the generation, nothing changes.
allowed "after the reloads: allowed" request lines=1-3 flags=output
refused "after the reloads: refused" "line request: policy 1 4:output" request lines=1,4 flags=output

finish
