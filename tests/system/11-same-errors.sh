#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# For a user with every right on the chip gpio-acl changes nothing: each call, with all pairs of flags and with every
# kind of error, returns what it returns without a policy, including errno. This holds even if others could change the
# request, if it cannot be read, or if the command is unknown. With one right on one line missing, it no longer does.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
writer=() # what others can change the request
each=17
! has_feature v1 || each=23
plan $((2 * each * ${#clients[@]} + 2 + 5 * 4 * ${#clients[@]}))

# Earlier tests leave outputs and pulls behind, which line info and values would tell.
for line in 0 1 2 3 4 5 6; do
	! has_feature pull || pull_line "$main" "$line" down
done
./client open "$main" , request lines=0-6 flags=output , config flags=input >/dev/null

load_policy <<END
set info restricted
chip a $main_is
allow user alice all on a 0-$((lines - 1))
END

# same NAME STEP...: every step says the same with and without a policy
same() {
	local output before="$state/$script.output.$((number + 1))"
	next "$1"
	audited=yes
	shift
	output=$("$client" name "$comm" , as "${users[$who]}" , open "$chip" , "${writer[@]}" "$@" 2>&1)
	loaded || {
		printf '%s\n' "$output" >"$before"
		return
	}
	output=$(diff "$before" - <<<"$output") || wrong "$output"
}

# tries STEP...: as steps of their own, what they hold released after each; in $steps
tries() {
	steps+=(try "$@" , try release ,)
}

# pairs FIRST LAST: the numbers of which one or two of these bits are set, and 0
pairs() {
	local one other
	echo 0
	for ((one = $1; one <= $2; one++)); do
		for ((other = one; other <= $2; other++)); do
			echo $((1 << one | 1 << other))
		done
	done
}

second_uapi() {
	local flags id
	steps=()
	for flags in $(pairs 0 13); do
		tries request lines=1 "flags=$flags"
	done
	same "$1 v2, flags" "${steps[@]}" chipinfo
	steps=()
	for flags in $(pairs 2 10); do
		tries request lines=1,2 flags=input "attr=flags:2:$flags"
	done
	same "$1 v2, flags of an attribute" "${steps[@]}" chipinfo
	steps=()
	for flags in $(pairs 0 13); do
		steps+=(try config "flags=$flags" ,)
	done
	same "$1 v2, flags of a configuration" request lines=1,3 flags=input , "${steps[@]}" get
	steps=()
	for flags in input output asis; do
		for id in values debounce 0 4 9 0xffffffff; do
			tries request lines=1,2 "flags=$flags" "attr=$id:2:1000"
		done
		tries request lines=1,2 "flags=$flags" num_attrs=11
		tries request lines=1,2 "flags=$flags" num_attrs=4294967295
	done
	same "$1 v2, attributes" "${steps[@]}" chipinfo
	steps=()
	for flags in input output asis; do
		tries request "flags=$flags"
		tries request lines=1 "flags=$flags" num_lines=65
		tries request lines=1 "flags=$flags" num_lines=4294967295
		tries request lines=1,1 "flags=$flags"
		tries request "lines=$lines" "flags=$flags"
		tries request "lines=2,$lines" "flags=$flags"
		tries request lines=65536,4294967295 "flags=$flags"
	done
	same "$1 v2, lines" "${steps[@]}" chipinfo
	same "$1 v2, what is held" request lines=1,2 flags=output attr=values:3:1 , get , try get 0 , try set 3 2 , \
		get 2 , try set 4 4 , config flags=input , try set 1 1 , get , config num_attrs=11
}

first_uapi() {
	local flags step
	steps=()
	for flags in $(pairs 0 8) 31 224 0x80000000; do
		tries handle lines=1 "flags=$flags"
	done
	same "$1 v1, flags" "${steps[@]}" chipinfo
	steps=()
	for flags in $(pairs 0 8); do
		steps+=(try config1 "flags=$flags" ,)
	done
	! has_feature v1 ||
		same "$1 v1, flags of a configuration" handle lines=1,3 flags=input , "${steps[@]}" get1
	steps=()
	for flags in $(pairs 0 8); do
		tries event lines=3 "flags=$flags"
	done
	tries event "lines=$lines" flags=input
	tries event lines=4294967295
	same "$1 v1, events" "${steps[@]}" chipinfo
	steps=()
	for flags in input output asis; do
		tries handle "flags=$flags"
		tries handle lines=1 "flags=$flags" num_lines=65
		tries handle lines=1,1 "flags=$flags"
		tries handle "lines=2,$lines" "flags=$flags"
	done
	same "$1 v1, lines" "${steps[@]}" chipinfo
	! has_feature v1 ||
		same "$1 v1, what is held" handle lines=1,2 flags=output values=1 , get1 , set1 2 , get1 , \
			config1 flags=input , try set1 1 , get1 , release , event lines=3 flags=input , get1
}

info() {
	same "$1 info" chipinfo , info 1 , try info "$lines" , try info 65536 , try info 4294967295 , \
		try info1 1 , try info1 "$lines"
	same "$1 watch" watch 1 , try watch 1 , try watch "$lines" , try watch1 2 , unwatch 1 , try unwatch 1 , \
		try unwatch "$lines" , unwatch 4294967295
	same "$1 watch, v1" try watch1 1 , try watch1 1 , try watch 2 , try watch1 "$lines" , try unwatch 1 , \
		unwatch 1
	same "$1 a line that is taken" request lines=1 flags=input , request lines=2,1 flags=input
}

# Where an argument can be so that it cannot be read, or written; `fresh` is memory that a 32-bit program's hook finds
# absent.
places=(null wild kernel none half readonly fresh)
on_chip=(0x8044b401 0xc048b402 0xc16cb403 0xc030b404 0xc100b405 0xc100b406 0xc250b407 0xc048b40b 0xc004b40c)
on_request=(0xc040b408 0xc040b409 0xc054b40a 0xc110b40d 0xc010b40e 0xc010b40f)

# in_places FILE COMMAND...: each command in each place
in_places() {
	local command place
	steps=()
	for command in "${@:2}"; do
		for place in "${places[@]}"; do
			steps+=(try raw "$1" "$command" "$place" ,)
		done
	done
}

# unknown FILE: numbers that have no command, commands of another kind of file, and other sizes and directions of those
# that there are
unknown() {
	local number size direction
	steps=()
	for number in {0..17} 153 255; do
		for size in 0 4 80 592 16383; do
			for direction in 0 1 3; do
				steps+=(try raw "$1" $((direction << 30 | size << 16 | 0xb400 | number)) ,)
			done
		done
	done
}

# on NAME FILE STEP...: all of these on the file that the steps make
on() {
	unknown "$2"
	same "$1, what nobody knows" "${@:3}" "${steps[@]}" chipinfo
	in_places "$2" "${on_chip[@]}" "${on_request[@]}"
	same "$1, what cannot be read" "${@:3}" "${steps[@]}" chipinfo
}

files() {
	on "$1 chip" chip
	on "$1 v2 request" request request lines=1,3 flags=input ,
	! has_feature v1 || {
		on "$1 v1 handle" request handle lines=1,3 flags=input ,
		on "$1 v1 event" request event lines=3 flags=input ,
	}
}

# What the programs have counted that is neither allowed nor refused.
counted() {
	gpio-acl status | grep -oE ' (race|changed|bypass) [0-9]+'
}
! loaded || before=$(counted)

for client in "${clients[@]}"; do
	bits=64-bit
	[ "$client" = ./client ] || bits=32-bit
	for other in "" thread; do
		name="$bits${other:+ with a thread}"
		writer=(${other:+memory "$other" ,})
		second_uapi "$name"
		first_uapi "$name"
		info "$name"
		files "$name"
	done
done
client=./client
same "a thread, and a process that shares the descriptors" memory descriptors , request lines=1 flags=input , config flags=output
next "nothing was taken for a race, or bypassed the check"
! loaded || is "counted" "$before" "$(counted)"

# tried refused|allowed NAME RECORD STEP...
tried() {
	if [ "$1" = refused ]; then
		refused "${@:2}"
	else
		allowed "$2" "${@:4}"
	fi
}

# doubts refused|allowed NAME: by every program a request with a thread, one that cannot be read, such a configuration, and
# a command that nobody knows
doubts() {
	local client bits
	for client in "${clients[@]}"; do
		bits=${client#./}
		tried "$1" "$bits, $2: a thread" "line request: threads 1" memory thread , request lines=1 flags=input
		normal=EFAULT tried "$1" "$bits, $2: a request" "line request: unreadable" request at=null
		normal=EFAULT tried "$1" "$bits, $2: a configuration" "set config: unreadable 1" \
			request lines=1 flags=input , config flags=input at=null
		normal=EINVAL tried "$1" "$bits, $2: a command" "unknown command: unknown-command" raw chip 0xb499
	done
}

# rules STATEMENT...: another policy for the same chip
rules() {
	load_policy < <(printf 'chip a %s\n' "$main_is" && printf '%s\n' "$@")
}
all="a 0-$((lines - 1))"
rules "allow user alice all on a 0-$((lines - 2))" "allow user alice info input output edges on a $((lines - 1))"
doubts refused "without bias on the last line"
rules "allow user alice all on $all" "deny everyone edges on a 0"
doubts refused "without edges on the first line"
rules "set info restricted" "allow user alice input output edges bias on $all"
doubts refused "without restricted info"
rules "allow user alice input output edges bias on $all"
doubts allowed "without info that is open"
rules "allow user alice all on a 0" "allow user alice input output edges on $all" "allow everyone bias on $all"
doubts allowed "by three rules"
finish
