#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# A right on a line gives none on any other: neither on other chips and offsets, nor on chips that come later or get
# another chip's number or label.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
needs plug sizes
plan 49

# Chips of the sizes where a block of 64 lines begins and ends, and one labelled as another is.
plug one lab-one 1
one=$plugged
plug block lab-block 65
block=$plugged
plug big lab-big 256
big=$plugged
plug twin lab-a 64
twin=$plugged
level_one=attr=values:0xffff:0xffff

load_policy <<END
chip a     label "lab-a"
chip first device "$(device_of gpiochip0)"
chip b     label "lab-b"
chip one   label "lab-one"
chip block label "lab-block"
chip big   label "lab-big"
chip named name "$twin"
chip later label "lab-later"
chip long  label "a-label-longer-than-the-31-bytes-the-ioctl-tells"
allow user alice input  on a 10-11
allow user alice output on first 11
allow user alice output on b 3
allow user alice input  on a 3
allow user alice input  on one 0
allow user alice input  on block 63-64
allow user alice output on block 63
allow user alice input  on big 62-65 128
allow user alice output on big 64 255
allow user alice edges  on big 63
allow user alice output on named 30
allow user alice input  on later 0
allow user alice output on long 1
END

# A line that is allowed elsewhere.
allowed "output of lab-b 3" open gpiochip1 , request lines=3 flags=output
drives=3 refused "output of lab-a 3, allowed on lab-b" "line request: policy 3:output" \
	request lines=3 flags=output $level_one
drives=3 refused "output of lab-a 3, the other chip held, too" "line request: policy 3:output" \
	open gpiochip1 , request lines=3 flags=output , open gpiochip0 , request lines=3 flags=output $level_one
refused "input of lab-b 3, allowed on lab-a" "line request: policy 3:input" \
	open gpiochip1 , request lines=3 flags=input

# Two chips of one label; the parent device tells them apart.
drives=11 allowed "the one of two lab-a: output by its device" request lines=11 flags=output $level_one
chip=$twin
allowed "the other lab-a: input by its label" request lines=10 flags=input
drives=11 refused "the other lab-a: output that is allowed on the one" "line request: policy 11:output" \
	request lines=11 flags=output $level_one
drives=30 allowed "the other lab-a: output by its name" request lines=30 flags=output $level_one
chip=gpiochip0
drives=30 refused "the one lab-a: output that is allowed on the other" "line request: policy 30:output" \
	request lines=30 flags=output $level_one

chip=$one
allowed "1 line: input" request lines=0 flags=input
drives=0 refused "1 line: output" "line request: policy 0:output" request lines=0 flags=output $level_one
normal=EINVAL allowed "1 line: line 1" request lines=1 flags=input

chip=$block
allowed "65 lines: input of 63 and 64" request lines=63-64 flags=input
drives=63 allowed "65 lines: output of 63" request lines=63 flags=output $level_one
drives=64 refused "65 lines: output of 64" "line request: policy 64:output" request lines=64 flags=output $level_one
drives=64 refused "65 lines: output of 63 and 64" "line request: policy 63 64:output" \
	request lines=63-64 flags=output $level_one
refused "65 lines: input of 62" "line request: policy 62:input" request lines=62 flags=input
refused "65 lines: input of 0" "line request: policy 0:input" request lines=0 flags=input
normal=EINVAL allowed "65 lines: line 65" request lines=65 flags=input

chip=$big
allowed "256 lines: input of 62 to 65 and 128" request lines=62-65,128 flags=input
allowed "256 lines: the same, backwards" request lines=128,65,64,63,62 flags=input
allowed "256 lines: edges of 63" request lines=63 flags=input+rising
refused "256 lines: edges of 62 to 65" "line request: policy 62:edges 63 64:edges 65:edges" \
	request lines=62-65 flags=input+rising
drives=64 allowed "256 lines: output of 64" request lines=64 flags=output $level_one
drives=255 allowed "256 lines: output of 255" request lines=255 flags=output $level_one
refused "256 lines: input of 255" "line request: policy 255:input" request lines=255 flags=input
for line in 0 63 65 128 192; do
	drives=$line refused "256 lines: output of $line" "line request: policy $line:output" \
		request lines=$line flags=output $level_one
done
refused "256 lines: input of 64 lines" \
	"line request: policy$(printf ' %d:input' {0..61}) 62 63" request lines=0-63 flags=input
refused "256 lines: input of 64 others" \
	"line request: policy 64 65$(printf ' %d:input' {66..127})" request lines=64-127 flags=input
who='' level=65 refused "256 lines: set of 64 and 65, held" "set values: policy 64 65:output" \
	request lines=64,65 flags=output , as 1000 , set 2 2
who='' drives=65 refused "256 lines: config of 64 and 65, held" "set config: policy 64 65:output" \
	request lines=64,65 flags=input , as 1000 , config flags=input attr=flags:2:output $level_one
who='' refused "256 lines: receive 200" "receive descriptor: policy 200:input-or-output" \
	request lines=200 flags=input , pass 1000

# Plugged in after the load: judged from the first moment, whether the policy knows it or not.
plug later lab-later 8
chip=$plugged
allowed "a chip that came later: input" request lines=0 flags=input
drives=0 refused "a chip that came later: output" "line request: policy 0:output" \
	request lines=0 flags=output $level_one
refused "a chip that came later: another line" "line request: policy 1:input" request lines=1 flags=input
plug stranger lab-stranger 8
chip=$plugged
refused "a chip no policy names: input" "line request: policy 0:input" request lines=0 flags=input
drives=0 refused "a chip no policy names: output" "line request: policy 0:output" \
	request lines=0 flags=output $level_one
allowed "a chip no policy names: chip info" chipinfo
allowed "a chip no policy names: line info is open" info 0
unplug stranger
plug stranger lab-later 8
chip=$plugged
allowed "an unplugged chip's number, another label: input" request lines=0 flags=input
drives=0 refused "an unplugged chip's number, another label: output" "line request: policy 0:output" \
	request lines=0 flags=output $level_one
unplug stranger
plug stranger a-label-longer-than-the-31-bytes-the-ioctl-tells 8
chip=$plugged
drives=1 allowed "a long label: output" request lines=1 flags=output $level_one
drives=2 refused "a long label: another line" "line request: policy 2:output" \
	request lines=2 flags=output $level_one
unplug stranger
plug stranger a-label-longer-than-the-31-bytes-th 8
chip=$plugged
drives=1 refused "a label that is the long one's beginning" "line request: policy 1:output" \
	request lines=1 flags=output $level_one
unplug stranger
unplug later

# A chip that goes while its lines are held: the answer is the kernel's, with and without a policy.
plug later lab-later 8
chip=$plugged
next "a held chip that is unplugged"
who=alice hold request lines=0 flags=input , wait , get
unplug later
go_on
is "get" ENODEV "$(answers get)"
wait

for name in one block big twin; do
	unplug $name
done
finish
