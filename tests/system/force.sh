# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # variables of lib.sh
# Two policies, $state/first.conf and $state/second.conf, and which of them is in force, asked of the hooks themselves.

printf 'chip a %s\naggregate x = a 1-2\nallow user alice input on x\n' "$main_is" >"$state/first.conf"
printf 'chip a %s\naggregate x = a 1 3\nallow user alice input on x\n' "$main_is" >"$state/second.conf"

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
	narrow=$(what_holds "$other")
	passed=$(receives)
	case $wide,$narrow,$passed in
	none,none,none) echo none ;;
	first,first,judged | second,second,judged) echo "$wide" ;;
	*) echo "file_ioctl $wide, file_ioctl_compat $narrow, file_receive $passed" ;;
	esac
}

# published: whose map of x there is: none, first, second, or what is neither
published() {
	local map=/run/gpio-acl/aggregates/x
	[ -e $map ] || { echo none && return; }
	case $(cut -f1,3 <$map | xargs) in
	"# gpio-acl aggregate 1 x 0 1 1 2") echo first ;;
	"# gpio-acl aggregate 1 x 0 1 1 3") echo second ;;
	*) echo "broken ($(<$map))" ;;
	esac
}

must_load() {
	gpio-acl load "$1" >"$state/out" 2>&1 || wrong "a later load fails: $(<"$state/out")"
}

must_unload() {
	gpio-acl unload >"$state/out" 2>&1 || wrong "unload fails: $(<"$state/out")"
	is "after unload" none "$(in_force)"
	is "left in bpffs" "" "$(ls -A /sys/fs/bpf)"
}
