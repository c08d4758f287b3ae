#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# kill -9 of `load` and `unload` at KILLS moments, spread over the time they take: what was in force still is, or the
# new policy is; where nothing was in force every hook judges or none; and the next load works.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan 5
kills=${KILLS:-$(times 24)}

printf 'chip a %s\nallow user alice input on a 1-2\n' "$main_is" >"$state/first.conf"
printf 'chip a %s\nallow user alice input on a 1 3\n' "$main_is" >"$state/second.conf"

# what_holds CLIENT: which policy judges its requests: none, first, second, or what is neither
what_holds() {
	local said
	said=$("$1" as 1000 , open "$main" , try request lines=1 , release , try request lines=2 , release , \
		try request lines=3 , release , try request lines=4 | sed -n 's/^request: //p' | xargs)
	case $said in
	"done done done done") echo none ;;
	"done done EPERM EPERM") echo first ;;
	"done EPERM done EPERM") echo second ;;
	*) echo "broken ($said)" ;;
	esac
}

# Of file_receive it can only be told whether it judges.
receives() {
	./client open "$main" , request lines=4 , pass 1000 >/dev/null && echo none || echo judged
}

# in_force: what all three hooks say, in one word where they agree
in_force() {
	local wide narrow passed
	wide=$(what_holds ./client)
	narrow=$(what_holds ./client32)
	passed=$(receives)
	case $wide,$narrow,$passed in
	none,none,none) echo none ;;
	first,first,judged | second,second,judged) echo "$wide" ;;
	*) echo "file_ioctl $wide, file_ioctl_compat $narrow, file_receive $passed" ;;
	esac
}

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

must_load() {
	gpio-acl load "$1" >"$state/out" 2>&1 || wrong "a later load fails: $(<"$state/out")"
}

must_unload() {
	gpio-acl unload >"$state/out" 2>&1 || wrong "unload fails: $(<"$state/out")"
	is "after unload" none "$(in_force)"
	is "left in bpffs" "" "$(ls -A /sys/fs/bpf)"
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
		for program in ./client ./client32; do
			seen=$(what_holds $program)
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
