#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2046,SC2119,SC2310 # variables and functions of lib.sh, words of resolve
# The tools of libgpiod 1, which use the first uAPI, under a policy like packaging/example.conf. For allowed users
# nothing changes. A refusal ends with "Operation not permitted" and one audit record.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/system/tools.sh
. ./tools.sh
needs tools1 v1 pull edges
plan 25

# Earlier tests leave outputs behind, which gpioinfo would tell.
./client open "$main" , request lines=0-6 flags=input >/dev/null
pull_line "$main" 2 down

load_policy <<END
chip header $main_is
aggregate relays  = header 0-2
aggregate sensors = header 3-4
allow user alice      input output on relays   as "alice drives the relays"
allow user alice      bias         on relays
allow user bob        input        on relays   as "bob looks, and touches nothing"
allow group operators input edges  on sensors  as "the night shift watches"
allow user alice      input edges  on sensors
deny  everyone        output       on header 2 as "relay 2 is the main breaker"
END

same "gpiodetect" gpiodetect
same "gpioinfo" gpioinfo
same "gpioinfo of a chip" gpioinfo "$main"
wanted=1 same "gpiofind" gpiofind NOSUCH
same "gpioget" gpioget "$main" 0 1 2
who=bob same "gpioget, another user" gpioget "$main" 1
same "gpioget of a chip's path, active low" gpioget --active-low "/dev/$main" 1
same "gpioget with bias" gpioget --bias=pull-up "$main" 2
same "gpioset" gpioset "$main" 0=1 1=0
same "gpioset for a while" gpioset --mode=time --usec=1000 "$main" 1=1
same "gpioset, active low" gpioset --active-low "$main" 1=1
wanted=1 same "gpioget of an offset beyond the chip" gpioget "$main" "$lines"

edges 3 &
same "gpiomon" gpiomon -n2 "$main" 3
wait
edges 4 2 &
same "gpiomon of two lines, with a format" gpiomon -n2 --format='%e %o' "$main" 3 4
wait
falling_edges 4 &
same "gpiomon of one edge" gpiomon -n1 --falling-edge "$main" 4
wait

next "gpioset drives the line, whose number resolve tells"
reset_line "$main" 1
words="$main 1=1"
if loaded; then
	words=$(gpio-acl resolve --v1 'relays[1]=1')
	is "resolve" "$main 1=1" "$words"
fi
# shellcheck disable=SC2086
run_tool gpioset $words
is "status: $output" 0 "$status"
is "value of line 1" 1 "$(line_value "$main" 1)"

refusal=yes
reset_line "$main" 2
reset_line "$main" 5
untouched=2
not_permitted "gpioset of what is denied" "line request (v1): policy 2:output" gpioset "$main" 2=1
untouched=5
not_permitted "gpioset of what nothing allows" "line request (v1): policy 5:output" gpioset "$main" 5=1
not_permitted "gpioset of one of three" "line request (v1): policy 0 5:output 1" gpioset "$main" 0=1 5=1 1=1
untouched=''
reset_line "$main" 1
untouched=1 who=bob not_permitted "gpioset of who may only look" "line request (v1): policy 1:output" gpioset "$main" 1=1
who=bob not_permitted "gpioget with bias" "line request (v1): policy 1:bias" gpioget --bias=pull-up "$main" 1
not_permitted "gpioget of what nothing allows" "line request (v1): policy 5:input" gpioget "$main" 5
not_permitted "gpioget of one of two" "line request (v1): policy 1 5:input" gpioget "$main" 1 5
edges 2 &
not_permitted "gpiomon of who may only look" "event request (v1): policy 2:edges" gpiomon -n2 "$main" 2
wait

load_policy <<END
set info restricted
chip header $main_is
allow everyone info on header 0-4 6-7
END
not_permitted "gpioinfo, one line restricted" "line info (v1): policy 5:info" gpioinfo "$main"

finish
