#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119,SC2310 # variables and functions of lib.sh
# A Raspberry Pi under packaging/raspberry-pi.conf, which names the pins as the board does: the tools of libgpiod 2, and
# those of libgpiod 1, which use the first uAPI.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/system/tools.sh
. ./tools.sh
needs raspberrypi tools2 v1
plan 23

# drives_pin NAME PIN TOOL ARG...: it works, and the pin is driven
drives_pin() {
	local pin=$2
	next "$1"
	shift 2
	reset_line "$main" "$pin"
	run_tool "$@"
	is "status: $output" 0 "$status"
	is "value of line $pin" 1 "$(line_value "$main" "$pin")"
}

load_policy <raspberry-pi.conf
for pin in 5 17 22 23 27; do
	reset_line "$main" $pin
done

same "gpioinfo by name" gpioinfo GPIO17
same "gpioget by name" gpioget GPIO17
who=bob same "gpioget by name, another user" gpioget GPIO17 GPIO27
drives_pin "gpioset by name" 17 gpioset -t0 GPIO17=1
drives_pin "gpioset of two" 27 gpioset -t0 GPIO17=1 GPIO27=1
same "gpiomon by name" gpiomon --idle-timeout 100ms GPIO5
words=GPIO27=1
! loaded || words=$(gpio-acl resolve 'relays[1]=1')
# shellcheck disable=SC2086
drives_pin "gpioset of what resolve tells" 27 gpioset -t0 $words

untouched=22
reset_line "$main" 22
not_permitted "gpioset of what is denied" "line request: policy 22:output" gpioset -t0 GPIO22=1
reset_line "$main" 17
untouched=17 who=bob not_permitted "gpioset of who may only look" "line request: policy 17:output" gpioset -t0 GPIO17=1
untouched=23
reset_line "$main" 23
not_permitted "gpioset of what nothing allows" "line request: policy 23:output" gpioset -t0 GPIO23=1
reset_line "$main" 23
not_permitted "gpioset of one of two" "line request: policy 17 23:output" gpioset -t0 GPIO17=1 GPIO23=1
untouched=''
not_permitted "gpioget of what nothing allows" "line request: policy 23:input" gpioget GPIO23
not_permitted "gpiomon of who may only look" "line request: policy 17:edges" gpiomon --idle-timeout 100ms GPIO17

tools=/opt/libgpiod1/usr/bin
reset_line "$main" 17
reset_line "$main" 27
same "libgpiod 1: gpiodetect" gpiodetect
same "libgpiod 1: gpiofind" gpiofind GPIO17
same "libgpiod 1: gpioget" gpioget "$main" 17
who=bob same "libgpiod 1: gpioget, another user" gpioget "$main" 17 27
drives_pin "libgpiod 1: gpioset" 17 gpioset "$main" 17=1
words="$main 27=1"
! loaded || words=$(gpio-acl resolve --v1 'relays[1]=1')
# shellcheck disable=SC2086
drives_pin "libgpiod 1: gpioset of what resolve tells" 27 gpioset $words

untouched=22
reset_line "$main" 22
not_permitted "libgpiod 1: gpioset of what is denied" "line request (v1): policy 22:output" gpioset "$main" 22=1
reset_line "$main" 17
untouched=17 who=bob not_permitted "libgpiod 1: gpioset of who may only look" "line request (v1): policy 17:output" \
	gpioset "$main" 17=1
untouched=23
reset_line "$main" 23
not_permitted "libgpiod 1: gpioset of one of two" "line request (v1): policy 17 23:output" gpioset "$main" 17=1 23=1
untouched=''
not_permitted "libgpiod 1: gpioget of what nothing allows" "line request (v1): policy 23:input" gpioget "$main" 23

finish
