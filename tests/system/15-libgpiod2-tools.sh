#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119,SC2310 # variables and functions of lib.sh
# The tools of libgpiod 2. For allowed users nothing changes, neither output nor status. A refusal ends with "Operation
# not permitted" and one audit record, which marks exactly the lines that failed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/system/tools.sh
. ./tools.sh
needs tools2
plan 21
! has_feature names || plan $((planned + 6))
! has_feature edges || plan $((planned + 5))

# named COMMAND...: where lines have names
named() {
	! has_feature names || "$@"
}

# Requests and releases line $1, again and again, until the test is over.
use() {
	while [ ! -e "$state/used" ]; do
		./client open "$main" , request "lines=$1" flags=input >/dev/null
		sleep 0.1
	done
}

# Earlier tests leave outputs behind, which gpioinfo would tell, and levels.
./client open "$main" , sweep "lines=0-$((lines - 1))" flags=input >/dev/null
for line in 0 1 2 3 4 5 6; do
	reset_line "$main" $line
done

load_policy <<END
chip a $main_is
chip b label "lab-b"
allow user alice input output on a 0-1
allow user alice input bias   on a 2
allow user alice input edges  on a 4-5
allow user alice input        on b 0
END

same "gpiodetect" gpiodetect
same "gpioinfo" gpioinfo
same "gpioinfo of a chip" gpioinfo -c "$main"
named same "gpioinfo of lines" gpioinfo RELAY0 DOOR
same "gpioget by offset" gpioget -c "$main" 0 1 2
named same "gpioget by name" gpioget RELAY0 RELAY2
named same "gpioget by name on another chip" gpioget DOOR
same "gpioget as is" gpioget --as-is --numeric -c "$main" 2 0
same "gpioget with bias" gpioget --bias=pull-up -c "$main" 2
same "gpioset" gpioset -t0 -c "$main" 0=1 1=0
named same "gpioset by name" gpioset -t0 RELAY0=active RELAY1=inactive
same "gpioset toggles" gpioset -t 10ms,10ms,0 -c "$main" 0=1
wanted=1 same "gpioset of a line that does not exist" gpioset -t0 NOSUCH=1
wanted=1 same "gpioget of an offset beyond the chip" gpioget -c "$main" "$lines"

watch_edges() {
	edges 4 &
	same "gpiomon" gpiomon -C 15.4 -n2 -c "$main" 4
	wait
	edges 5 &
	same "gpiomon of two lines" gpiomon -C 15.5 -n2 --format '%e %o %c' -c "$main" 4 5
	wait
	falling_edges 5 &
	same "gpiomon of one edge" gpiomon -C 15.5 -n1 -e falling --event-clock realtime --format '%e %l' -c "$main" 5
	wait
}
! has_feature edges || watch_edges
rm -f "$state/used"
use 2 &
same "gpionotify" gpionotify -n1 -e requested --format '%e %o' -c "$main" 2
touch "$state/used"
wait

next "gpioset drives the line"
reset_line "$main" 1
(run_tool gpioset -c "$main" 1=1) &
is_high() { [ "$(line_value "$main" 1)" = 1 ]; }
soon is_high || wrong "line 1 was not driven"
kill "$(tool_pid)"
wait

reset_line "$main" 2
untouched=2
not_permitted "gpioset refused" "line request: policy 2:output" gpioset -t0 -c "$main" 2=1
named not_permitted "gpioset refused by name" "line request: policy 2:output" gpioset -t0 RELAY2=1
not_permitted "gpioset refused one of three" "line request: policy 0 2:output 1" \
	gpioset -t0 -c "$main" 0=1 2=1 1=1
not_permitted "gpioget refused" "line request: policy 3:input" gpioget -c "$main" 3
not_permitted "gpioget refused one of two" "line request: policy 2 3:input" gpioget -c "$main" 2 3
named not_permitted "gpioget refused one of two by name" "line request: policy 2 3:input" gpioget RELAY2 RELAY3
not_permitted "gpioget as is refused" "line request: policy 3:input-or-output" gpioget --as-is -c "$main" 3
not_permitted "gpioget with bias refused" "line request: policy 4:bias" gpioget --bias=pull-up -c "$main" 4
untouched=''

watch_refused_edges() {
	local refusal=yes
	edges 2 &
	untouched=2 not_permitted "gpiomon refused" "line request: policy 2:edges" gpiomon -C 15.2 -n2 -c "$main" 2
	wait
	# Where the driver can, it left the pull that was asked for above.
	reset_line "$main" 4
	edges 4 &
	not_permitted "gpiomon refused one of two" "line request: policy 4 3:input,edges" \
		gpiomon -C 15.4 -n2 -c "$main" 4 3
	wait
}
! has_feature edges || watch_refused_edges

load_policy <<END
set info restricted
chip a $main_is
allow everyone info on a 0-5 7-$((lines - 1))
END
not_permitted "gpioinfo refused one line" "line info: policy 6:info" gpioinfo -c "$main"
rm -f "$state/used"
use 6 &
not_permitted "gpionotify refused" "line info: policy 6:info" \
	gpionotify -n1 -e requested --format '%e %o' -c "$main" 6
touch "$state/used"
wait
same "gpiodetect, with restricted info" gpiodetect

finish
