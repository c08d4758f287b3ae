#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# Who may do everything sees no difference: each call, with all flags in pairs, and whatever can be wrong with it, ends
# under such a policy as it does without one, to the word and the errno. Not so, on purpose, a command that nobody knows,
# and an argument that cannot be read (10-rights.sh).
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
each=13
! has_feature v1 || each=15
plan $((each * ${#clients[@]}))

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
	output=$("$client" name "$comm" , as "${users[$who]}" , open "$chip" , "$@" 2>&1)
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

for client in "${clients[@]}"; do
	bits=64-bit
	[ "$client" = ./client ] || bits=32-bit
	second_uapi $bits
	first_uapi $bits
	info $bits
done
finish
