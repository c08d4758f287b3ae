#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119,SC2154 # variables and functions of lib.sh
# USB adapters that share a label and come and go: `device` distinguishes two of them until the next plug-in, a number
# that is used again gives nobody another adapter's rights, and an adapter may be unplugged at any moment under load.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
needs v2 plug adapters
plan 18
plugs=$(rounds 20 40)
level_one=attr=values:0xffff:0xffff

plug one "$label" 8
one=$plugged device=$(device_of "$plugged")
plug two "$label" 8
two=$plugged

# ---- told apart

load_policy <<END
chip one device "$device"
chip two device "$(device_of "$two")"
allow user alice input        on one 1
allow user alice output       on two 1
END
next "a policy that names their devices is warned of the next plug-in, and of nothing else"
if loaded; then
	is "warnings" 2 "$(grep -c 'warning: ' <<<"$output")"
	is "of the next plug-in" 2 "$(grep -c 'warning: .* changes at the next plug-in' <<<"$output")"
fi
chip=$one
allowed "the one: input" request lines=1 flags=input
drives=1 refused "the one: output that is allowed on the other" "line request: policy 1:output" \
	request lines=1 flags=output $level_one
chip=$two
drives=1 allowed "the other: output" request lines=1 flags=output $level_one
refused "the other: input that is allowed on the one" "line request: policy 1:input" request lines=1 flags=input

next "one that is pulled out while its line is held"
hold request lines=1 flags=output , wait , try set 1 1 , wait
unplug two
go_on
is "set" ENODEV "$(answers set)"
go_on
wait "$holder_pid"
next "one that is pulled out while its lines' state is watched"
chip=$one hold watch 1 , wait , try info 1 , wait
unplug one
go_on
is "info" ENODEV "$(answers info)"
go_on
wait "$holder_pid"

next "the next adapter has its number, and is another device"
plug three "$label" 8
is "number" "$one" "$plugged"
[ "$(device_of "$plugged")" != "$device" ] || wrong "it is device $device again"
chip=$plugged
refused "a number used again: input that was allowed on it" "line request: policy 1:input" request lines=1 flags=input
drives=1 refused "a number used again: output" "line request: policy 1:output" request lines=1 flags=output $level_one

# ---- by the label that they share

load_policy <<END
chip usb label "$label"
allow user alice input output on usb 1 3
END
next "a policy that names only their label is warned about"
! loaded || has "$output" "warning: gpiochip[0-9]+.* have the same label: rules for chip usb apply to "
drives=1 allowed "by the label: the one" request lines=1 flags=output $level_one
chip=$main
drives=1 allowed "by the label: the other" request lines=1 flags=output $level_one
refused "by the label: another line" "line request: policy 2:input" request lines=2 flags=input
unplug three

# ---- pulled out under load: alice may use lines 1 and 3, and not line 2

# Requests that go on until the test is over, on the chip whose name $state/chip tells, and count what comes of them.
ask() {
	local program=$1 answers=$state/$2 current
	shift 2
	: >"$answers"
	while [ ! -e "$state/end" ]; do
		read -r current <"$state/chip"
		"$program" name adapters , as 1000 , open "$current" , "$@" >>"$answers" 2>&1
	done
}

# answered FILE PATTERN: how often
answered() {
	grep -cE "$2" "$state/$1"
}

more_judged() {
	(($(answered forbidden EPERM) > judged))
}

storm() {
	local i judged moved asking=()
	rm -f "$state/end"
	echo "$main" >"$state/chip"
	ask ./client drive request lines=1 flags=output , set 1 1 , set 1 0 , config flags=input , get &
	asking+=($!)
	ask "$other" read request lines=3 flags=input , get , get , get &
	asking+=($!)
	# Nobody watches here: 6.1 follows a null pointer when a line that is watched is given back and its chip is
	# gone (gpio_desc_to_lineinfo), with or without gpio-acl.
	ask ./client info info 1 &
	asking+=($!)
	ask ./client forbidden request lines=2 flags=output $level_one &
	asking+=($!)
	for ((i = 0; i < plugs; i++)); do
		plug storm "$label" 8 || wrong "plugged in $i times, it does not come again"
		echo "$plugged" >"$state/new" && mv "$state/new" "$state/chip"
		# Until something was judged on it; then for a while, which differs.
		judged=$(answered forbidden EPERM)
		soon more_judged || wrong "nothing is judged"
		sleep "0.$((RANDOM % 5))"
		moved=$(line_value "$plugged" 2)
		! loaded || [ "$moved" = 0 ] || wrong "line 2 was driven"
		unplug storm || wrong "it cannot be pulled out"
	done
	touch "$state/end"
	wait "${asking[@]}"
}

next "$plugs times pulled out while it is used and asked for"
! loaded || storm
next "in the storm: what is allowed was done, nothing else was"
if loaded; then
	echo "# driven $(answered drive '^config: done'), read $(answered read '^get: done'), told of" \
		"$(answered info '^info: done'), refused $(answered forbidden '^request: EPERM') times"
	for what in "drive ^config: done" "read ^get: done" "info ^info: done" "forbidden ^request: EPERM"; do
		(($(answered "${what%% *}" "${what#* }"))) || wrong "never: $what"
	done
	is "requests of line 2 that were done" 0 "$(answered forbidden '^request: done')"
	is "refused of lines 1 and 3" "" "$(cat "$state"/{drive,read} | grep EPERM | sort | uniq -c | xargs)"
	is "audited of lines 1 and 3" "" "$(gpio-acl audit --since-boot --json | grep '"comm":"adapters"' |
		grep -E '"offset":[13]\b' | sed -E 's/.*("action":"[^"]*").*("reason":"[^"]*").*/\1 \2/' | sort | uniq -c | xargs)"
fi
chip=$main
drives=1 allowed "after the storm: allowed" request lines=1 flags=output $level_one
refused "after the storm: refused" "line request: policy 2:input" request lines=2 flags=input

finish
