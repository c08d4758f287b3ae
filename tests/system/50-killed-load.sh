#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# kill -9 of `load` and `unload` at many moments of their run. Afterwards the old or the new policy is loaded. Without
# an old policy, all hooks check or none does. The next load works.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=force.sh
. "${0%/*}/force.sh"
plan 5
kills=$(rounds 6 10)

# kill_at MOMENT COMMAND...: MOMENT in ms. To wait with `sleep` would take longer than a moment here.
mkfifo -m 600 "$state/silent" 2>/dev/null
exec {silent}<>"$state/silent"
kill_at() {
	local pid seconds moment=$1
	shift
	printf -v seconds '%d.%03d' $((moment / 1000)) $((moment % 1000))
	"$@" >"$state/out" 2>&1 &
	pid=$!
	read -r -t "$seconds" -u "$silent"
	kill -KILL $pid 2>/dev/null && killed=$((killed + 1))
	wait $pid 2>/dev/null
}

now() {
	local time=${EPOCHREALTIME/[.,]/}
	echo $((time / 1000))
}

# takes COMMAND...: how long, in ms
takes() {
	local start
	start=$(now)
	"$@" >"$state/out" 2>&1 || wrong "\"$*\": $(<"$state/out")"
	echo $(($(now) - start))
}

# sweep N TOTAL: N moments from 0 to TOTAL
sweep() {
	local i
	for ((i = 0; i < $1; i++)); do
		echo $((i * $2 / ($1 - 1)))
	done
}

tell() {
	echo "# $1: $killed of $2 were killed before they ended; then in force: $(sort <<<"$outcomes" | uniq -c | xargs)"
}

next "a reload: the old policy or the new one"
if loaded; then
	must_load "$state/first.conf"
	duration=$(takes gpio-acl load "$state/second.conf")
	killed=0 outcomes=''
	was=second
	n=$((kills * 2 / 3))
	for moment in $(sweep $n "$duration"); do
		new=first
		[ $was = second ] || new=second
		kill_at "$moment" gpio-acl load "$state/$new.conf"
		seen=$(in_force)
		[ "$seen" = $was ] || [ "$seen" = $new ] || wrong "killed after $moment ms: $was to $new: $seen"
		[ "$seen" = $new ] && outcomes+=new$'\n' || outcomes+=old$'\n'
		must_load "$state/$new.conf"
		is "after the load that follows" $new "$(in_force)"
		was=$new
	done
	tell "reload, $duration ms" $n
fi

next "a first load: every hook or none"
if loaded; then
	must_unload
	duration=$(takes gpio-acl load "$state/first.conf")
	killed=0 outcomes=''
	n=$((kills / 6 > 2 ? kills / 6 : 2))
	for moment in $(sweep $n "$duration"); do
		must_unload
		kill_at "$moment" gpio-acl load "$state/first.conf"
		seen=$(in_force)
		[ "$seen" = none ] || [ "$seen" = first ] || wrong "killed after $moment ms: $seen"
		outcomes+=$seen$'\n'
		must_load "$state/second.conf"
		is "after the load that follows" second "$(in_force)"
	done
	tell "first load, $duration ms" $n
fi

# The last quarter second of a first load is where its hooks are attached, pinned and made to judge.
next "the end of a first load: every hook or none"
if loaded; then
	killed=0 outcomes=''
	n=$((kills / 6 > 2 ? kills / 6 : 2))
	for moment in $(sweep $n 400); do
		must_unload
		kill_at $((duration - 300 + moment)) gpio-acl load "$state/first.conf"
		seen=$(in_force)
		[ "$seen" = none ] || [ "$seen" = first ] || wrong "killed after $((duration - 300 + moment)) ms: $seen"
		outcomes+=$seen$'\n'
	done
	tell "end of the first load" $n
	must_load "$state/second.conf"
	is "after the load that follows" second "$(in_force)"
fi

next "a load where one hook's pin is gone: never neither"
if loaded; then
	killed=0 outcomes=''
	n=$((kills / 12 > 2 ? kills / 12 : 2))
	for moment in $(sweep $n "$duration"); do
		rm /sys/fs/bpf/gpio-acl/links-*/file_receive
		kill_at "$moment" gpio-acl load "$state/first.conf"
		for program in "${clients[@]}"; do
			seen=$(what_holds "$program")
			[ "$seen" = first ] || [ "$seen" = second ] || wrong "killed after $moment ms: $program $seen"
		done
		outcomes+=$seen$'\n'
		must_load "$state/second.conf"
		is "after the load that follows" second "$(in_force)"
	done
	tell "a load that mends" $n
fi

next "an unload: every hook or none"
if loaded; then
	must_unload
	must_load "$state/second.conf"
	duration=$(takes gpio-acl unload)
	killed=0 outcomes=''
	n=$((kills / 12 > 2 ? kills / 12 : 2))
	for moment in $(sweep $n "$duration"); do
		must_load "$state/second.conf"
		kill_at "$moment" gpio-acl unload
		seen=$(in_force)
		[ "$seen" = none ] || [ "$seen" = second ] || wrong "killed after $moment ms: $seen"
		outcomes+=$seen$'\n'
	done
	tell "unload, $duration ms" $n
	must_load "$state/second.conf"
	is "after the load that follows" second "$(in_force)"
fi

finish
