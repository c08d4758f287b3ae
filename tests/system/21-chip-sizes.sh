#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# Chips of every size that matters, and the lines where the blocks of 64 lines of a policy begin and end. Exactly these
# lines are allowed, the audit marks exactly those that failed, and no other line moves.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
needs sizes
sizes=(1 54 64 65 256 1000)
plan 121

# Sets of lines are words: "0 63 64".

# with_commas LINE...
with_commas() {
	local IFS=,
	echo "$*"
}

# among LINE SET
among() {
	[[ " $2 " = *" $1 "* ]]
}

# without SET LINE...: the LINEs that are not in it
without() {
	local set=$1 line rest=()
	shift
	for line; do
		among "$line" "$set" || rest+=("$line")
	done
	echo "${rest[*]}"
}

# Of a chip of $size lines: where a block begins or ends or the chip ends, in $edges; these and the lines beside them, 64
# at most, in $lines. Most of the begins are in $begins, and most of the ends in $ends: the blocks are not all alike.
look_for_edges() {
	local line place edge last=$((size - 1))
	begins='' ends='' edges='' lines=()
	for ((line = 0; line < size; line++)); do
		place=$((line % 64))
		edge=$((place == 0 || place == 63 || line == last))
		((!edge)) || edges+=" $line"
		((!edge && place != 1 && place != 62 && line != last - 1)) || lines+=("$line")
		((place != 0 || line / 64 % 3 == 1)) || begins+=" $line"
		((place != 63 && line != last || line / 64 % 3 == 2)) || ends+=" $line"
	done
}

# Alice may read $ends and drive $begins; bob may read all but $ends; carol may do all.
rules() {
	for size in "${sizes[@]}"; do
		look_for_edges
		cat <<-END
			chip c$size label "size-$size"
			allow user  alice     input        on c$size $ends
			allow user  alice     output       on c$size $begins
			allow user  bob       input        on c$size 0-$((size - 1))
			deny  user  bob       input        on c$size $ends
			allow group operators input output on c$size 0-$((size - 1))
		END
	done
}

# record WHAT LACK SET LINE...: the audit's of a refusal of the LINEs, of which those of the SET lack LACK
record() {
	local text="$1: policy" lack=$2 set=$3 line
	for line in "${@:4}"; do
		text+=" $line"
		! among "$line" "$set" || text+=":$lack"
	done
	echo "$text"
}

# answer STEP: what the client said of it, in the last attempt
answer() {
	sed -n "s/^$1: //p" <<<"$output"
}

# alone NAME RIGHT SET: the lines, each requested for itself; allowed are those of the SET
alone() {
	local line wanted="done ${lines[*]}" refused=''
	next "$1"
	if loaded; then
		wanted="done$3"
		for line in $(without "$3" "${lines[@]}"); do
			refused+="${refused:+, }line request: policy $line:$2"
		done
		records[number]=$refused
	fi
	attempt sweep "lines=$(with_commas "${lines[@]}")" "flags=$2"
	is "lines that it got" "$wanted" "$(answer sweep)"
}

# drive NAME SET LINE...: drives all lines at once. Some of the SET: refused, and no line of the chip is 1. None: only
# these are.
drive() {
	local lacking
	lacking=$(without "$(without "$2" "${@:3}")" "${@:3}")
	next "$1"
	attempt try request "lines=$(with_commas "${@:3}")" flags=output attr=values:0xffffffffffffffff:0xffffffffffffffff , \
		levels "$(dirname "$(pin "$chip" 0)")"
	if loaded && [ -n "$lacking" ]; then
		records[number]=$(record "line request" output "$2" "${@:3}")
		is request EPERM "$(answer request)"
		is "lines that are 1" "done" "$(answer levels)"
	else
		is request "done" "$(answer request)"
		is "lines that are 1" "done ${*:3}" "$(answer levels)"
	fi
}

# window NAME FIRST: 64 lines at once, of which bob may not have $ends
window() {
	local first=$2 last=$(($2 + 63)) window
	mapfile -t window < <(seq "$first" "$last")
	who=bob refused "$1: bob" "$(record "line request" input "$ends" "${window[@]}")" \
		request "lines=$first-$last" flags=input
	who=carol allowed "$1: carol" request "lines=$first-$last" flags=input
}

# held NAME WHAT LACK SET STEP...: of lines that root requested; alice takes the STEPs, and lacks what is in the SET
held() {
	who='' refused "$1" "$(record "$2" "$3" "$4" "${lines[@]}")" \
		request "lines=$(with_commas "${lines[@]}")" flags=output , as 1000 , "${@:5}"
}

# shellcheck disable=SC2086 # sets are words
one_size() {
	local name="$size lines, ${client#./}" neither
	look_for_edges
	neither=$(without "$begins $ends" "${lines[@]}")
	alone "$name: input, one by one" input "$ends"
	allowed "$name: input where blocks end" request "lines=$(with_commas $ends)" flags=input
	drive "$name: output where blocks begin" '' $begins
	# The kernel refuses it, whoever asks.
	normal=EINVAL who=carol allowed "$name: the line after the last" request "lines=$size" flags=input
	((size > 1)) || return
	alone "$name: output, one by one" output "$begins"
	refused "$name: input of all edges" \
		"$(record "line request" input "$(without "$ends" $edges)" $edges)" \
		request "lines=$(with_commas $edges)" flags=input
	drive "$name: output of all edges" "$(without "$begins" $edges)" $edges
	held "$name: get" "get values" input-or-output "$neither" get
	held "$name: set" "set values" output "$(without "$begins" "${lines[@]}")" set 1 1
	held "$name: config" "set config" input "$(without "$ends" "${lines[@]}")" config flags=input
	who='' refused "$name: receive" "$(record "receive descriptor" input-or-output "$neither" "${lines[@]}")" \
		request "lines=$(with_commas "${lines[@]}")" flags=input , pass 1000
	((size >= 64)) || return
	window "$name: 64 lines from the first" 0
	window "$name: 64 lines up to the last" $((size - 64))
	((size == 64)) || window "$name: 64 lines from the second" 1
}

for size in "${sizes[@]}"; do
	plug "size-$size" "size-$size" "$size"
	chip_of[size]=$plugged
done
load_policy < <(rules)
for client in "${clients[@]}"; do
	for size in "${sizes[@]}"; do
		# Few blocks and many are enough for 32-bit programs.
		[ "$client" = ./client ] || among "$size" "1 65 1000" || continue
		chip=${chip_of[size]}
		one_size
	done
	normal=EINVAL who=carol allowed "${client#./}: an offset with a good one's low bits" \
		request lines=65599 flags=input
done
for size in "${sizes[@]}"; do
	unplug "size-$size"
done
finish
