#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# watch: aggregates and line names follow chips that come and go, also in a storm of changes. Enforcement does not
# depend on it, and a load or unload at the same moment wins over it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
needs plug sizes names
plan 34

# Its policies are counted from the first one.
if loaded; then
	gpio-acl audit --since-boot >/dev/null 2>&1
	gpio-acl unload >/dev/null 2>&1
fi
plugs=$(rounds 100 20)
loads=$(rounds 4 10)
((loads >= 2)) || loads=2
log=$state/watch.log
maps=/run/gpio-acl/aggregates

start_watch() {
	loaded || return 0
	: >"$log"
	gpio-acl watch 2>>"$log" &
	watch=$!
}

# end_watch [SIGNAL]: of those that ask it to end, it makes a success
end_watch() {
	loaded || return 0
	kill "-${1-TERM}" "$watch" 2>/dev/null || wrong "watch has ended: $(<"$log")"
	wait "$watch" 2>/dev/null
	ended=$?
	[ "${1-}" = KILL ] || is "status after SIG${1-TERM}" 0 "$ended"
}

is_watching() {
	kill -0 "$watch" 2>/dev/null || wrong "watch has ended: $(<"$log")"
}

# in_map AGGREGATE POSITION: chip, offset, line name and label, as published
in_map() {
	sed -n "s/^$2\t//p" "$maps/$1" 2>/dev/null | tr '\t' ' '
}

# Everything in the folder of the maps, drafts too.
published() {
	(cd "$maps" && shopt -s dotglob && echo *)
}

says() {
	[ "$(in_map "$1" "$2")" = "$3" ]
}

# map_says AGGREGATE POSITION TEXT: it does, soon
map_says() {
	loaded || return 0
	soon says "$@" || wrong "$1[$2]: wanted \"$3\", found \"$(in_map "$1" "$2")\"; watch: $(<"$log")"
}

# tell WHAT: where the test is, for whoever waits for it
tell() {
	! loaded || echo "# $SECONDS s: $*"
}

generation() {
	gpio-acl status --json | sed 's/.*"generation":\([0-9]*\).*/\1/'
}

is_generation() {
	[ "$(generation)" = "$1" ]
}

# is_in_force GENERATION: it is, soon, and stays so while nothing changes
is_in_force() {
	loaded || return 0
	soon is_generation "$1" || wrong "generation: wanted $1, found $(generation); watch: $(<"$log")"
}

# Longer than a burst of events may last before watch looks.
settle() {
	! loaded || sleep 1.5
}

plug_relay() {
	plug relay lab-relay 4 1=ON 2=OFF
	chip=$plugged
}

load_relay_policy() {
	load_policy "$@" <<-END
		chip a $main_is
		chip relay label "lab-relay"
		aggregate r = relay "ON" 3
		aggregate m = a 0-1
		allow user alice output on r
		allow user alice input  on m
		allow user bob   output on relay "OFF"
	END
}

next "watch: not root, and wrong usage"
if loaded; then
	output=$(setpriv --reuid 1000 --regid 1000 --clear-groups gpio-acl watch 2>&1)
	is "status" 1 "$?"
	has "$output" "root"
	output=$(gpio-acl watch now 2>&1)
	is "status" 2 "$?"
fi

# ---- a name that is found later
tell "a name that is found later"

load_relay_policy
plug_relay
drives=1 refused "no watch: a name of a chip that came later is refused" "line request: policy 1:output" \
	request lines=1 flags=output attr=values:1:1
drives=3 allowed "no watch: an offset of it is allowed" request lines=3 flags=output attr=values:1:1
map_says r 0 "- - ON lab-relay"
before=$(stat -c %i "$maps/m" 2>/dev/null)
# What is in the file and was not loaded is of no matter.
loaded && echo 'deny everyone all on nothing' >"$policy"
start_watch
next "watch finds the line, and puts it in force"
map_says r 0 "$chip 1 ON lab-relay"
map_says r 1 "$chip 3 - lab-relay"
is_in_force 2
loaded && has "$(<"$log")" "in force as generation 2: found 2 more"
next "a map in which nothing has changed stays the same file"
loaded && is "inode" "$before" "$(stat -c %i "$maps/m")"
drives=1 allowed "the line is allowed" request lines=1 flags=output attr=values:1:1
drives=2 refused "another is not" "line request: policy 2:output" request lines=2 flags=output attr=values:1:1
who=bob drives=2 allowed "a rule's line is found, too" request lines=2 flags=output attr=values:1:1
who=bob drives=1 refused "and no other" "line request: policy 1:output" request lines=1 flags=output attr=values:1:1
next "show: the policy in force has the offset"
loaded && has "$(gpio-acl show --loaded)" "aggregate r = relay 1 3"

# ---- chips that go, and numbers that are used again
tell "chips that go"

next "a chip that goes leaves the maps"
unplug relay
map_says r 0 "- 1 - lab-relay"
map_says r 1 "- 3 - lab-relay"
gone=$chip
plug stranger lab-stranger 4
chip=$plugged
next "a stranger with its number is in no map"
is "number" "$gone" "$chip"
settle
map_says r 0 "- 1 - lab-relay"
drives=1 refused "and is not what the rules mean" "line request: policy 1:output" \
	request lines=1 flags=output attr=values:1:1
plug_relay
next "the chip is back with another number: the maps follow"
[ "$chip" != "$gone" ] || wrong "it has number $gone again"
map_says r 0 "$chip 1 ON lab-relay"
is_in_force 2
drives=1 allowed "and the line is allowed" request lines=1 flags=output attr=values:1:1
unplug stranger
next "it has told nothing more than it did"
loaded && is "warnings" 0 "$(grep -c -e warning -e error "$log")"

# ---- loads and unloads meanwhile
tell "loads and unloads"

next "a load meanwhile: watch has nothing to do"
load_relay_policy
settle
is_in_force 3
map_says r 0 "$chip 1 ON lab-relay"
unplug relay
load_relay_policy --permissive
next "permissive: the line is found"
plug_relay
map_says r 0 "$chip 1 ON lab-relay"
is_in_force 5
next "permissive: the mode stays"
if loaded; then
	output=$(gpio-acl status)
	is "status" 3 "$?"
	has "$output" "permissive"
fi
drives=0 passes "permissive: what is refused passes" "line request: policy 0:output passed" \
	request lines=0 flags=output attr=values:1:1

# The line is 0 in one policy and 1 in the other: what is in force at the end is what was loaded last.
next "loads while chips come and go: the last one is in force, and so are its maps"
if loaded; then
	for i in 0 1; do
		printf 'chip relay label "lab-relay"\naggregate a%d = relay "ON" 3\naggregate m = relay %d\nallow user alice output on a%d m\n' \
			$i $i $i | sed "s/ on a$i m/ on a$i\nallow user alice input on m/" >"$state/$i.conf"
	done
	for ((i = 1; i <= loads; i++)); do
		unplug relay
		((i % 3)) || sleep 0.1
		gpio-acl load "$state/$((i % 2)).conf" >"$state/out" 2>&1 &
		plug_relay
		wait $! || wrong "load $i: $(<"$state/out")"
		text=$(gpio-acl show --loaded)
		has "$text" "aggregate a$((i % 2)) = relay (1|\"ON\") 3"
		has "$text" "aggregate m = relay $((i % 2))"
	done
	gpio-acl load "$state/1.conf" >"$state/out" 2>&1 || wrong "load: $(<"$state/out")"
	map_says a1 0 "$chip 1 ON lab-relay"
	map_says m 0 "$chip 1 ON lab-relay"
	is "maps" "a1 m" "$(published)"
	has "$(gpio-acl show --loaded)" "aggregate a1 = relay 1 3"
fi
next "unload while it watches: nothing comes back"
if loaded; then
	gpio-acl audit --since-boot >"$state/out" # the records of an unloaded policy are gone
	for ((i = 0; i < loads; i++)); do
		gpio-acl load "$state/1.conf" >"$state/out" 2>&1 || wrong "load: $(<"$state/out")"
		unplug relay
		((i % 2)) || sleep 0.1
		gpio-acl unload >"$state/out" 2>&1 &
		plug_relay
		wait $! || wrong "unload: $(<"$state/out")"
		is "in bpffs" "" "$(ls -A /sys/fs/bpf)"
		[ ! -e "$maps" ] || wrong "$maps is there: $(ls -A "$maps")"
	done
	settle
	is "in bpffs" "" "$(ls -A /sys/fs/bpf)"
	[ ! -e "$maps" ] || wrong "$maps is there: $(ls -A "$maps")"
	is_watching
	is "errors" 0 "$(grep -c error "$log")"
fi
unplug relay
next "and loaded again: it follows again"
load_relay_policy
plug_relay
map_says r 0 "$chip 1 ON lab-relay"
is_in_force 2

# ---- what is doubtful
tell "what is doubtful"

next "two chips of one label, the name on different lines: what is in force stays"
unplug relay
load_relay_policy
settle
plug twin lab-relay 4 0=ON 2=OFF
twin=$plugged
plug_relay
settle
settle
if loaded; then
	text=$(gpio-acl show --loaded)
	[[ $text == *'aggregate r = relay "ON" 3'* ]] || [[ $text == *'aggregate r = relay 0 3'* ]] || wrong "$text"
fi
next "a doubt is told once"
if loaded; then
	unplug twin
	unplug relay
	settle
	gpio-acl load "$policy" >/dev/null 2>&1
	end_watch
	plug twin lab-relay 4 0=ON 2=OFF
	plug_relay
	start_watch
	settle
	for i in 1 2 3; do
		plug other lab-other 1
		unplug other
		settle
	done
	is_watching
	is "warnings" 1 "$(grep -c 'line "ON" of chip relay .*: denied to everyone' "$log")"
	is "warnings" 1 "$(grep -c 'have the same label' "$log")"
	has "$(gpio-acl show --loaded)" 'aggregate r = relay "ON" 3'
fi
chip=$twin drives=0 refused "the name is refused on the one" "line request: policy 0:output" \
	request lines=0 flags=output attr=values:1:1
drives=1 refused "and on the other" "line request: policy 1:output" request lines=1 flags=output attr=values:1:1
unplug twin
next "one is pulled out: the name is found on the other"
map_says r 0 "$chip 1 ON lab-relay"
drives=1 allowed "and allowed" request lines=1 flags=output attr=values:1:1

# ---- kill
tell "kill"

next "kill -9 of watch while it works: all stays in force, nothing is left half done"
if loaded; then
	for ((i = 0; i < loads; i++)); do
		unplug relay
		gpio-acl load "$policy" >"$state/out" 2>&1 || wrong "load: $(<"$state/out")"
		is_watching
		plug_relay
		sleep "0.$((10 + i * 30 / loads))"
		end_watch KILL
		is "maps without drafts" "m r" "$(cd "$maps" && echo *)"
		./client as 1000 , open "$chip" , request lines=2 flags=output >"$state/out" 2>&1
		is "a forbidden line" 3 "$?"
		./client as 1000 , open "$chip" , request lines=3 flags=output >"$state/out" 2>&1 ||
			wrong "an allowed line: $(<"$state/out")"
		start_watch
		map_says r 0 "$chip 1 ON lab-relay"
	done
	settle
	is "maps" "m r" "$(published)"
	gpio-acl load "$policy" >"$state/out" 2>&1 || wrong "load: $(<"$state/out")"
fi
end_watch KILL
drives=2 refused "killed: what is refused stays so" "line request: policy 2:output" \
	request lines=2 flags=output attr=values:1:1
drives=1 allowed "killed: what is allowed stays so" request lines=1 flags=output attr=values:1:1

# ---- a storm
tell "a storm"

next "a storm of plugging and unplugging: the maps are right at its end"
if loaded; then
	start_watch
	start=$SECONDS
	before=$(generation)
	for ((i = 0; i < plugs; i++)); do
		replug relay
	done
	chip=$plugged
	map_says r 0 "$chip 1 ON lab-relay"
	is_watching
	is "warnings" 0 "$(grep -c -e error -e 'denied to everyone' "$log")"
	is "generations" "$before" "$(generation)"
	echo "# $plugs times in $((SECONDS - start)) s; watch looked and changed maps $(grep -c 'are new' "$log") times"
fi
next "and after it watch follows the next chip"
unplug relay
map_says r 0 "- 1 - lab-relay"
end_watch INT

finish
