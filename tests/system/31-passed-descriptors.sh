#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2054,SC2119,SC2154 # variables and functions of lib.sh, commas of the client
# Descriptors that pass from any user to any other, by fork and exec, over a socket, and by pidfd_getfd(). The check is
# of the process that acts, not of the one that opened the chip or requested the line. If line info is restricted, the
# lines that a chip's descriptor watches are checked when it is received.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
each=8 # of a chip that watches
! has_feature v1 || each=$((each + 2))
! has_feature sizes || each=$((each + 3))
plan $((125 + 2 * each))

users[stranger]=70000
subjects=(root alice bob carol stranger)
# What each may drive: carol by her group, the stranger by a uid without account, root whatever it likes.
declare -A own=([root]=5 [alice]=0 [bob]=1 [carol]=2 [stranger]=3)
load_policy <<END
chip a $main_is
allow user alice      output on a 0
allow user bob        output on a 1
allow group operators output on a 2
allow user 70000      output on a 3
END

# Each user's set-user-ID program; the receiver of an exec is a 32-bit program in every other case.
install -o 0 -g 0 -m 4755 client setuid-root
install -o 1000 -g 1000 -m 4755 "$other" setuid-alice
install -o 1001 -g 1001 -m 4755 client setuid-bob
install -o 1002 -g 2000 -m 6755 "$other" setuid-carol
install -o 70000 -g 70000 -m 4755 client setuid-stranger

# may WAY GIVER RECEIVER: may the receiver use what is the giver's? A set-user-ID program has its caller's groups.
may() {
	[ "$2" = "$3" ] || [ "$3" = root ] || [ "$1$2" = execcarol ]
}

# answer N STEP: what the client said when it took the step for the N-th time, in the last attempt
answer() {
	sed -n "s/^$2: //p" <<<"$output" | sed -n "$1p"
}

# inherits WAY GIVER RECEIVER STEP...: the steps hand over a line request and its chip. The receiver sets the giver's
# line, requests that one anew, and then its own.
inherits() {
	local line=${own[$2]} wanted="done"
	next "$1, $2 to $3: a line request and the chip"
	if loaded && ! may "$@"; then
		wanted=EPERM
		records[number]="set values: policy $line:output, line request: policy $line:output"
	fi
	attempt keep , as "${users[$2]}" , request "lines=$line" flags=output , "${@:4}" , try set 1 1 , release , \
		try request "lines=$line" flags=output , release , request "lines=${own[$3]}" flags=output
	is "set" "$wanted" "$(answer 1 set)"
	is "request" "$wanted" "$(answer 2 request)"
	is "request of its own line" "done" "$result"
}

# receives WAY GIVER RECEIVER STEP: the step hands over a line request, or else the chip
receives() {
	local line=${own[$2]} wanted="done" hold
	hold=(keep , as "${users[$2]}" , request "lines=$line" "flags=output")
	if may "$@"; then
		level=$line allowed "$1, $2 to $3: a line request" "${hold[@]}" , "${@:4}" , set 1 1
	else
		refused "$1, $2 to $3: a line request" "receive descriptor: policy $line:input-or-output" \
			"${hold[@]}" , "${@:4}"
	fi
	next "$1, $2 to $3: the chip"
	if loaded && ! may "$@"; then
		wanted=EPERM
		records[number]="line request: policy $line:output"
	fi
	attempt keep , as "${users[$2]}" , "${@:4}" , try request "lines=$line" flags=output , release , \
		request "lines=${own[$3]}" flags=output
	is "request" "$wanted" "$(answer 1 request)"
	is "request of its own line" "done" "$result"
}

who=''
for giver in "${subjects[@]}"; do
	for receiver in "${subjects[@]}"; do
		to=${users[$receiver]}
		inherits fork "$giver" "$receiver" fork "$to"
		[ "$giver" != "$receiver" ] || continue
		# A program of root's is its caller's until it becomes root altogether, as su does.
		exec=(exec "./setuid-$receiver")
		[ "$receiver" != root ] || exec+=(, as 0)
		inherits exec "$giver" "$receiver" "${exec[@]}"
		receives socket "$giver" "$receiver" pass "$to"
		receives pidfd "$giver" "$receiver" grab "$to"
	done
done

rm -f setuid-{root,alice,bob,carol,stranger}

# A chip's descriptor goes on telling of the lines that it watches, and reading that is no ioctl.
load_policy <<END
set info restricted
chip a $main_is
allow user alice info         on a 0-1
allow user bob   input output on a 0-1
END
for way in pass getfd; do
	allowed "$way, a chip that watches what may be known" watch 0 , watch 1 , $way 1000 , info 0
	allowed "$way, a chip that watches nothing, to whom nothing may know" $way 1001 , chipinfo
	refused "$way, a chip that watches, to whom nothing may know" "receive descriptor: policy 0:info 1:info" \
		watch 0 , watch 1 , $way 1001
	refused "$way, a chip that watches one line too many" "receive descriptor: policy 2:info 4:info" \
		watch 0 , watch 4 , watch 1 , watch 2 , $way 1000
	refused "$way, a chip that watches its last line" "receive descriptor: policy $((lines - 1)):info" \
		watch $((lines - 1)) , $way 1000
	allowed "$way, a chip that watches it no more" watch 2 , unwatch 2 , $way 1000 , info 1
	allowed "$way, to root, a chip that watches" watch 2 , $way 0 , info 2
	allowed "$way, a request of a line that may not be known" request lines=0 flags=input , $way 1001 , get
	! has_feature v1 || {
		refused "$way, a chip that watches, v1" "receive descriptor: policy 2:info" watch1 2 , $way 1000
		allowed "$way, a chip that watches what may be known, v1" watch1 1 , $way 1000 , info1 0
	}
done

# More lines than a record has room for; the first that lack it are told.
many_lines() {
	local way steps line wanted="receive descriptor: policy"
	steps=(open "$plugged")
	for ((line = 0; line < 130; line++)); do
		steps+=(, watch "$line")
		((line < 3 || line >= 67)) || wanted+=" $line:info"
	done
	for way in pass getfd; do
		chip='' allowed "$way, 130 watched lines that may be known" "${steps[@]}" , $way 1000 , info 129
		chip='' refused "$way, 130 watched lines, nearly all lack info" "$wanted" "${steps[@]}" , $way 1001
		chip='' refused "$way, 130 watched lines, one lacks info" "receive descriptor: policy 128:info" \
			"${steps[@]}" , $way 1002
	done
}
! has_feature sizes || {
	plug large lab-large 130
	load_policy <<-END
		set info restricted
		chip large label "lab-large"
		allow user alice info on large 0-129
		allow user bob   info on large 0-2
		allow user carol info on large 0-127 129
	END
	many_lines
	unplug large
}
finish
