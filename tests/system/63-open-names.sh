#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# Names that mean nothing on this machine now do not prevent a load: a missing account, a line name that no line or
# several lines have, an offset beyond a chip that is present. An allow of such a name gives nothing, a deny of it takes
# everything that it could mean. `load` and `status` list them, `check` calls them errors, `watch` finds them later.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
needs plug sizes names
plan 32

log=$state/watch.log
cp /etc/passwd "$state/passwd"

# open_policy RULE...: alice has lines 1 and 5 of $main, bob line 5; and these rules
open_policy() {
	load_policy <<-END
		chip a $main_is
		chip small label "lab-small"
		allow user alice input output on a 1 5
		allow user bob   input output on a 5
		$(printf '%s\n' "$@")
	END
}

# says WHAT PATTERN: load warned so, status lists it, check calls it an error
says() {
	loaded || return 0
	has "$output" "warning: $1"
	has "$output" "in force as generation [0-9]+, enforcing: .*; [0-9] open name"
	has "$(gpio-acl status)" "open +$2"
	output=$(gpio-acl check "$policy" 2>&1)
	is "status of check" 1 "$?"
	has "$output" "error: $1"
}

shown() {
	gpio-acl show --loaded | grep -qF "$1"
}

start_watch() {
	loaded || return 0
	: >"$log"
	gpio-acl watch 2>>"$log" &
	watch=$!
}

# Has watch got as far as that events are kept for it?
listens() {
	grep -qs ^inotify "/proc/$watch/fdinfo"/*
}

end_watch() {
	loaded || return 0
	kill "$watch" || wrong "watch has ended: $(<"$log")"
	wait "$watch"
}

drive1=(request lines=1 flags=output attr=values:1:1)
drive5=(request lines=5 flags=output attr=values:1:1)

# ---- accounts

next "a user that is not there: load, status and check say so"
open_policy "deny user dave output on a 5" "allow user dave output on a 7"
says 'unknown user "dave"' 'user "dave"'
drives=1 allowed "its deny: another line is allowed" "${drive1[@]}"
drives=5 refused "its deny is everyone's: alice" "line request: policy 5:output" "${drive5[@]}"
who=bob drives=5 refused "its deny is everyone's: bob" "line request: policy 5:output" "${drive5[@]}"
who=root drives=5 allowed "but not root's" "${drive5[@]}"
allowed "another right is allowed" request lines=5 flags=input
drives=7 refused "its allow gives nobody anything" "line request: policy 7:output" \
	request lines=7 flags=output attr=values:1:1
next "JSON"
loaded && is "open" '[{"kind": "user", "name": "dave"}]' "$(gpio-acl status --json | json open)"
next "explain names the rule"
if loaded; then
	output=$(gpio-acl explain --loaded alice a 5 output)
	is "status" 1 "$?"
	has "$output" 'deny user "dave" output on a 5'
fi
start_watch
next "the account is made: watch finds it at once"
if loaded; then
	soon shown 'allow user 1000 ' || wrong "the policy is not shown"
	sed '$adave:x:1010:1010::/:/bin/sh' "$state/passwd" >/etc/passwd.new && mv /etc/passwd.new /etc/passwd
	soon shown 'deny user 1010 output on a 5 ' || wrong "watch: $(<"$log")"
	[[ $(gpio-acl status) != *'open  '* ]] || wrong "a name is open"
fi
drives=5 allowed "the deny is its own now: alice may" "${drive5[@]}"
users[dave]=1010
who=dave drives=7 allowed "and its allow is" request lines=7 flags=output attr=values:1:1
end_watch
# A mount makes no event of inotify; LDAP and its like make none, either.
open_policy "deny group night output on a 5"
next "a group that is not there"
says 'unknown group "night"' 'group "night"'
drives=5 refused "its deny is everyone's" "line request: policy 5:output" "${drive5[@]}"
start_watch
next "nothing tells that the group is there: watch finds it when it looks again"
if loaded; then
	sed '$anight:x:2010:' /etc/group >"$state/group"
	soon listens || wrong "watch: $(<"$log")"
	mount --bind "$state/group" /etc/group
	soon shown 'deny group 2010 ' || wrong "watch: $(<"$log")"
	umount /etc/group
fi
drives=5 allowed "the deny is its own now" "${drive5[@]}"
end_watch
cp "$state/passwd" /etc/passwd

# ---- line names

open_policy 'deny user bob output on a "NEWNAME"' 'allow user alice output on a "NEWNAME"'
next "a line name that no line has"
says 'chip a .* has no line "NEWNAME"' 'line "NEWNAME" of chip a'
drives=1 allowed "a deny of it is the user's alone" "${drive1[@]}"
who=bob drives=5 refused "the deny takes every line of the chip" "line request: policy 5:output" "${drive5[@]}"
drives=7 refused "the allow gives nothing" "line request: policy 7:output" request lines=7 flags=output attr=values:1:1
plug small lab-small 4 1=ON 2=TWIN 3=TWIN
small=$plugged
open_policy 'allow everyone input on small 0-3' 'deny user bob input on small "TWIN"'
next "a line name that two lines have"
says '.* has several lines named "TWIN"' 'line "TWIN" of chip small'
chip=$small allowed "alice may" request lines=0 flags=input
chip=$small who=bob refused "the deny takes every line of the chip" "line request: policy 0:input" request lines=0 flags=input
open_policy 'allow everyone input on small 0-3' 'deny user bob input on small "ON"'
chip=$small who=bob refused "a name that is found: that line" "line request: policy 1:input" request lines=1 flags=input
chip=$small who=bob allowed "and no other" request lines=2 flags=input
open_policy 'allow user alice input on small "ON" 1'
next "a line by its name and its offset"
if loaded; then
	has "$output" 'warning: line 1 of chip small is named twice'
	has "$(gpio-acl status)" 'open +line "ON" of chip small'
fi
chip=$small allowed "the offset is taken" request lines=1 flags=input
unplug small

# ---- offsets

open_policy 'allow user alice output on small 0-9' 'deny everyone output on small 9'
plug small lab-small 4
next "an adapter with the same label and fewer lines"
loaded && { output=$(gpio-acl load 2>&1) || wrong "status $?: $output"; }
says 'chip small .* has no line 9' 'line 9 of chip small: gpiochip[0-9]+ has 4 lines'
chip=$plugged allowed "what it has is allowed" request lines=3 flags=output
unplug small
plug small lab-small 16
next "and with more: nothing is open"
loaded && [[ $(gpio-acl status) != *'open  '* ]] || ! loaded || wrong "a name is open"
chip=$plugged allowed "the rest is allowed" request lines=8 flags=output
chip=$plugged refused "and what is denied, refused" "line request: policy 9:output" request lines=9 flags=output
unplug small

finish
