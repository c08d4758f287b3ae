#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# The tools of libgpiod 2: for who is allowed nothing changes, not a byte of output nor the status; a refusal
# ends with "Operation not permitted" and one audit record, which marks just the lines that failed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/system/tools.sh
. ./tools.sh
needs tools2 names pull edges
plan 31

# Requests and releases line $1, again and again, until the test is over.
use() {
	while [ ! -e "$state/used" ]; do
		./client open gpiochip0 , request "lines=$1" flags=input >/dev/null
		sleep 0.1
	done
}

# Earlier tests leave outputs behind, which gpioinfo would tell.
./client open gpiochip0 , request lines=0-63 flags=input >/dev/null

load_policy <<'END'
chip a label "lab-a"
chip b label "lab-b"
allow user alice input output on a 0-1
allow user alice input bias   on a 2
allow user alice input        on b 0
allow user alice input edges  on a 8-9
END

same "gpiodetect" gpiodetect
same "gpioinfo" gpioinfo
same "gpioinfo of a chip" gpioinfo -c gpiochip0
same "gpioinfo of lines" gpioinfo RELAY0 DOOR
same "gpioget by offset" gpioget -c gpiochip0 0 1 2
same "gpioget by name" gpioget RELAY0 RELAY2
same "gpioget by name on another chip" gpioget DOOR
same "gpioget as is" gpioget --as-is --numeric -c gpiochip0 2 0
same "gpioget with bias" gpioget --bias=pull-up -c gpiochip0 2
same "gpioset" gpioset -t0 -c gpiochip0 0=1 1=0
same "gpioset by name" gpioset -t0 RELAY0=active RELAY1=inactive
same "gpioset toggles" gpioset -t 10ms,10ms,0 -c gpiochip0 0=1
wanted=1 same "gpioset of a line that does not exist" gpioset -t0 NOSUCH=1
wanted=1 same "gpioget of an offset beyond the chip" gpioget -c gpiochip1 8

edges 8 15. &
same "gpiomon" gpiomon -C 15.8 -n2 -c gpiochip0 8
wait
edges 9 15. 2 &
same "gpiomon of two lines" gpiomon -C 15.9 -n2 --format '%e %o %c' -c gpiochip0 8 9
wait
edges 9 15. &
same "gpiomon of one edge" gpiomon -C 15.9 -n1 -e falling --event-clock realtime --format '%e %l' -c gpiochip0 9
wait
rm -f "$state/used"
use 2 &
same "gpionotify" gpionotify -n1 -e requested --format '%e %o' -c gpiochip0 2
touch "$state/used"
wait

next "gpioset drives the line"
records[number]=''
reset_line gpiochip0 1
(run_tool gpioset -t0 -p 2s -c gpiochip0 1=1) &
is_high() { [ "$(line_value "$main" 1)" = 1 ]; }
soon is_high || wrong "line 1 was not driven"
wait

reset_line gpiochip0 2
untouched=2
not_permitted "gpioset refused" "line request: policy 2:output" gpioset -t0 -c gpiochip0 2=1
not_permitted "gpioset refused by name" "line request: policy 2:output" gpioset -t0 RELAY2=1
not_permitted "gpioset refused one of three" "line request: policy 0 2:output 1" \
	gpioset -t0 -c gpiochip0 0=1 2=1 1=1
not_permitted "gpioget refused" "line request: policy 20:input" gpioget -c gpiochip0 20
not_permitted "gpioget refused one of two" "line request: policy 2 3:input" gpioget RELAY2 RELAY3
not_permitted "gpioget as is refused" "line request: policy 20:input-or-output" gpioget --as-is -c gpiochip0 20
not_permitted "gpioget with bias refused" "line request: policy 8:bias" gpioget --bias=pull-up -c gpiochip0 8
untouched=''

not_permitted_gpiomon() {
	edges 2 15. &
	untouched=2 not_permitted "gpiomon refused" "line request: policy 2:edges" gpiomon -C 15.2 -n2 -c gpiochip0 2
	wait
}
refusal=yes
not_permitted_gpiomon
edges 8 15. &
not_permitted "gpiomon refused one of two" "line request: policy 8 20:input,edges" \
	gpiomon -C 15.8 -n2 -c gpiochip0 8 20
wait

load_policy <<'END'
set info restricted
chip a label "lab-a"
allow everyone info on a 0-20 22-63
END
not_permitted "gpioinfo refused one line" "line info: policy 21:info" gpioinfo -c gpiochip0
rm -f "$state/used"
use 21 &
not_permitted "gpionotify refused" "line info: policy 21:info" \
	gpionotify -n1 -e requested --format '%e %o' -c gpiochip0 21
touch "$state/used"
wait
same "gpiodetect, with restricted info" gpiodetect

finish
