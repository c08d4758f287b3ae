#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2054,SC2119,SC2154 # variables and functions of lib.sh, commas of the client
# Consumers inside the kernel (hogs, an LED, a key) are subject to no policy. They keep their lines and work before,
# during and after a load, a reload and `deny everyone all`. Those that come later get their lines; no user does.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
needs consumers
plan 12

! loaded || gpio-acl unload >/dev/null # an earlier script's
modprobe -a leds-gpio gpio_keys evdev
platform=/sys/bus/platform
# device_at NAME: the device that devices/consumers.asl calls so
device_at() {
	local path
	path=$(grep -lx "\\\\_SB_.$1" $platform/devices/*/firmware_node/path)
	echo "${path%/firmware_node/path}"
}
device=$(device_at CHIP)
leds=$(device_at LEDS)
keys=$(device_at KEYS)
echo >"$device/driver_override"

# plug_board, unplug_board: the chip that has an LED on its line 0 and a key on line 1
plug_board() {
	echo "${device##*/}" >$platform/drivers/gpio-sim/bind
	# Or the kernel itself, for whom the chip was missing, is faster.
	echo "${leds##*/}" >$platform/drivers/leds-gpio/bind 2>/dev/null
	echo "${keys##*/}" >$platform/drivers/gpio-keys/bind 2>/dev/null
	board=$(basename "$device"/gpiochip*)
	soon test -e /sys/class/leds/lab:led || wrong "there is no LED"
	soon key_file || wrong "there is no key"
	chmod 666 "/dev/$board"
}

unplug_board() {
	echo "${leds##*/}" >$platform/drivers/leds-gpio/unbind
	echo "${keys##*/}" >$platform/drivers/gpio-keys/unbind
	echo "${device##*/}" >$platform/drivers/gpio-sim/unbind
}

# other_side CHIP LINE FILE: the board's pin() knows no chip of the firmware's
other_side() {
	echo "$platform"/devices/*/"$1/sim_gpio$2/$3"
}

# hog OFFSET NAME DIRECTION: of the chip NAME that is not yet plugged in
hog() {
	local folder=/sys/kernel/config/gpio-sim/$1/bank/line$2/hog
	mkdir -p "$folder"
	echo "$3" >"$folder/name"
	echo "$4" >"$folder/direction"
}

# plug_hogs NAME: lines 0 to 2 of the chip NAME, labelled so, are the kernel's own
plug_hogs() {
	hog "$1" 0 hog-high output-high
	hog "$1" 1 hog-low output-low
	hog "$1" 2 hog-in input
	plug "$1" "$1" 8
}

unplug_hogs() {
	local folder=/sys/kernel/config/gpio-sim/$1 line
	echo 0 >"$folder/live"
	for line in 0 1 2; do
		rmdir "$folder/bank/line$line/hog" "$folder/bank/line$line"
	done
	rmdir "$folder/bank" "$folder"
}

# line_is CHIP LINE INFO: as root sees it: [name] [consumer] flags
line_is() {
	is "line $2 of $1" "info: done $3" "$(./client open "$1" , info "$2" | tail -n 1)"
}

has_level() {
	[ "$(<"$(other_side "$1" "$2" value)")" = "$3" ]
}

# Of a chip that may sleep, as the simulated one, the LED's driver sets the line from a work queue.
level_is() {
	soon has_level "$@" || wrong "line $2 of $1 is not $3"
}

# Used and output is 0x9, used and input 0x5 (linux/gpio.h).
hogs_are_well() {
	line_is "$1" 0 "[] [hog-high] 0x9"
	level_is "$1" 0 1
	line_is "$1" 1 "[] [hog-low] 0x9"
	level_is "$1" 1 0
	line_is "$1" 2 "[] [hog-in] 0x5"
}

# The LED is switched as a user of it would: by its own file.
led_works() {
	local lit
	line_is "$board" 0 "[] [lab:led] 0x409"
	for lit in 1 0 1; do
		echo $lit >/sys/class/leds/lab:led/brightness || wrong "the LED cannot be set to $lit"
		level_is "$board" 0 $lit
	done
}

# key_file: the key's /dev/input/eventN, in $key
key_file() {
	local folder
	for folder in "$keys"/input/input*/event*; do
		key=/dev/input/${folder##*/}
		[ -c "$key" ] && return
	done
	return 1
}

# struct input_event is 24 bytes, here: time, type (1: key), code (30: A), value.
key_works() {
	local pull level events
	line_is "$board" 1 "[] [lab-key] 0x405"
	pull=$(other_side "$board" 1 pull)
	events=$(
		# Opened first: only who has it open sees the event.
		exec {fd}<"$key"
		for level in up down; do
			echo "pull-$level" >"$pull"
			timeout 120 head -c 48 <&"$fd" # the key's event and its end
		done | od -An -v -tu2 -w24 | awk '$9 == 1 { printf "%d:%d ", $10, $11 }'
	)
	is "the key's events" "30:1 30:0 " "$events"
}

all_work() {
	hogs_are_well "$hogs"
	led_works
	key_works
}

next "before any policy"
plug_hogs hogs
hogs=$plugged
plug_board
all_work

deny_all() {
	cat <<-END
		${1-}
		chip hogs  label "hogs"
		chip board label "lab-board"
		chip later label "later"
		deny everyone all on hogs 0-7
		deny everyone all on board 0-7
		deny everyone all on later 0-7
	END
}

next "after a load that says nothing of their chips"
load_policy <<-END
	chip a $main_is
	allow user alice output on a 0
END
all_work

next "after a reload that denies everyone all"
load_policy < <(deny_all)
all_work

next "those that come under it: hogs"
plug_hogs later
hogs_are_well "$plugged"
unplug_hogs later

next "those that come under it: an LED and a key"
unplug_board
plug_board
led_works
key_works

# Root makes them come and switches the LED here, and is judged: not for what the kernel does.
next "those that are there, and those that come, where root is denied all, too"
load_policy < <(deny_all 'set root enforce')
echo 0 >/sys/class/leds/lab:led/brightness
level_is "$board" 0 0
unplug_board
plug_board
plug_hogs later
later=$plugged
all_work
hogs_are_well "$later"
unplug_hogs later

next "those that come, those that go and an LED that blinks, during reloads"
if loaded; then
	deny_all >"$state/first.conf"
	sed 's/deny everyone all/allow everyone input/' "$state/first.conf" >"$state/second.conf"
	./reload "$state/first.conf" "$state/second.conf" 300 >"$state/out" 2>&1 &
	reloads=$!
fi
for ((i = 0; i < 10; i++)); do
	plug_hogs later
	level_is "$plugged" 0 1
	unplug_hogs later
	unplug_board
	plug_board
	for lit in 1 0 1 0; do
		echo $lit >/sys/class/leds/lab:led/brightness
		level_is "$board" 0 $lit
	done
done
! loaded || wait "$reloads" || wrong "the reloads: $(<"$state/out")"
load_policy < <(deny_all)
all_work

next "after an unload"
! loaded || gpio-acl unload >/dev/null || wrong "unload failed"
all_work

load_policy < <(deny_all)
chip=$hogs
normal=EBUSY refused "a user cannot take a hog's line" "line request: policy 0:output" request lines=0 flags=output
chip=$board
normal=EBUSY refused "a user cannot take an LED's line" "line request: policy 0:output" request lines=0 flags=output
load_policy <<'END'
chip hogs label "hogs"
chip board label "lab-board"
allow everyone all on hogs 0-7
allow everyone all on board 0-7
END
chip=$hogs
normal=EBUSY allowed "nor where policy allows it" request lines=0 flags=output
chip=$board
normal=EBUSY allowed "nor the LED's" request lines=0 flags=output

unplug_board
unplug_hogs hogs
finish
