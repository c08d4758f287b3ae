#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# A symbolic link to a chip's node, like /dev/gpiochip4 of Raspberry Pi OS. Programs open that name, a policy may name
# the chip by it, and explain knows it. The kernel only knows the chip's own name.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan 7

link=gpiochip77
ln -sf "$main" "/dev/$link"
load_policy <<END
chip linked name "$link"
allow user alice output on linked 1-2
deny everyone output on linked 2
END
next "load says what it is"
loaded && has "$output" "warning: \"$link\" is a link to $main, which may be another chip"
chip=$link allowed "an allow by the link" request lines=1 flags=output
chip=$link refused "a deny by it" "line request: policy 2:output" request lines=2 flags=output
chip=$link refused "the chip's other lines" "line request: policy 3:output" request lines=3 flags=output
prints "explain by the link" 1 "alice may not output on $link line 2 \($main .*note: $link is a link to $main" \
	gpio-acl explain --loaded alice $link 2 output
prints "explain by the path of the link" 1 \
	"alice may not output on /dev/$link line 2 \($main .*note: /dev/$link is a link to $main" \
	gpio-acl explain --loaded alice /dev/$link 2 output
prints "show has the chip's own name" 0 "chip linked name \"$main\"" gpio-acl show --loaded
rm -f "/dev/$link"

finish
