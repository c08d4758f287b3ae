#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# The decision cache of a task. Each test does an action more than once, so that it is cached, and then changes one of
# the things that the decision depends on: the next action is checked anew.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan 9

rules() {
	load_policy <<-END
		chip a $main_is
		allow user alice input output on a 1-2
		allow user alice input        on a 4
		allow user bob   input output on a 1-4
		allow group 3001 input output on a 5
	END
}

# steps LINE STEP...: a client of root's that keeps its capabilities over a change of user, on one processor, where memory
# that was given back is given out again; what it says goes to $output, with the line's value at the end
steps() {
	audited=yes
	reset_line "$main" "$1"
	output=$(taskset -c 0 ./client name "$comm" , look "$(value_file "$main" "$1")" , keep , open "$main" , "${@:2}" 2>&1)
}

# audits LINE: a set of it is refused under the policy, once more
audits() {
	! loaded || records[number]+="${records[number]:+, }set values: policy $1:output"
}

# said STEP [N]: what was said of the step the last time, or the Nth from the end
said() {
	sed -n "s/^$1: //p" <<<"$output" | tail -n "${2-1}" | head -n 1
}

# stopped: the last set, to 1, works without a policy and not with it
stopped() {
	local wanted=("done" 1)
	! loaded || wanted=(EPERM 0)
	is "the last set" "${wanted[0]}" "$(said set)"
	is "value" "${wanted[1]}" "$(said look)"
}

twice=(set 1 0 , set 1 0)
rules

next "another user"
audits 3
steps 3 as 1001 , request lines=3 flags=output , "${twice[@]}" , as 1000 , try set 1 1
stopped

next "another effective user"
audits 3
steps 3 as 1001 , request lines=3 flags=output , "${twice[@]}" , as =1000 , try set 1 1
stopped

next "another effective group"
audits 5
steps 5 as 1003:3001 , request lines=5 flags=output , "${twice[@]}" , egid 1003 , try set 1 1
stopped

next "another group, and back"
audits 5
steps 5 as 1003:3001 , request lines=5 flags=output , "${twice[@]}" , as 1003:1003 , try set 1 1 , as 1003:3001 , set 1 0
! loaded || is "the set before the last" EPERM "$(said set 2)"
is "the last set" "done" "$(said set)"

next "a supplementary group less"
audits 5
steps 5 as 1003:1003:3001 , request lines=5 flags=output , "${twice[@]}" , as 1003:1003:3002 , try set 1 1
stopped

# The kernel gives a list back some time after it is not used any more, and the next one of its size is made there.
next "another list of groups where the first one stood"
for _ in 1 2 3; do
	audits 5
	steps 5 as 1003:1003:3001*200 , request lines=5 flags=output , "${twice[@]}" , \
		as 1003:1003:4001*200 , try edge 300 , as 1003:1003:4001*200 , try set 1 1
	stopped
done

# Root is who does so: whose descriptors are shared is refused a request of its own.
next "another request at the address of the first"
for _ in 1 2 3; do
	audits 3
	steps 3 as 1000 , request lines=1 flags=output , "${twice[@]}" , \
		aside 0 exchange lines=3 flags=output , try set 1 1
	stopped
done

next "inputs that become outputs"
audits 4
steps 4 as 1000 , request lines=4 flags=input , try set 1 0 , try set 1 0 , aside 0 config flags=output , try set 1 1
stopped

next "another policy"
audits 1
who=alice hold request lines=1 flags=output , "${twice[@]}" , wait , try set 1 1 , wait , set 1 0 , set 1 0 , wait
if loaded; then
	load_policy <<-END
		chip a $main_is
		allow user alice input on a 1-4
	END
fi
go_on
if loaded; then
	is "the set" EPERM "$(answers set)"
	is "value of line 1" 0 "$(line_value "$main" 1)"
else
	is "the set" "done" "$(answers set)"
fi
rules
go_on
is "the next set" "done" "$(answers set)"
go_on
wait

finish
