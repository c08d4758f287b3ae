#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# A user with only the right `input` on a line cannot drive it in any way: through descriptors that others made, or by
# other programs.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan $((8 * ${#clients[@]}))
level_one=attr=values:0xffff:0xffff

load_policy <<END
chip a $main_is
allow user alice input on a 1
END

input_only() {
	local bits=${client#./}
	who='' level=1 refused "$bits: an inherited output" "set values: policy 1:output" \
		request lines=1 flags=output , exec "$client" , as 1000 , set 1 1
	who='' drives=1 refused "$bits: an inherited input, config" "set config: policy 1:output" \
		request lines=1 flags=input , exec "$client" , as 1000 , config flags=output $level_one
	who='' drives=1 refused "$bits: a passed input, config" "set config: policy 1:output" \
		request lines=1 flags=input , pass 1000 , config flags=output $level_one
	who='' level=1 refused "$bits: as is, passed on to another program, set" "set values: policy 1:output" \
		request lines=1 flags=output , release , as 1000 , request lines=1 , exec "$client" , set 1 1
	who='' level=1 refused "$bits: an output, sent over a socket and inherited" "set values: policy 1:output" \
		request lines=1 flags=output , pass 1000 , exec "$client" , set 1 1
	who='' allowed "$bits: an inherited output may be read" \
		request lines=1 flags=output , exec "$client" , as 1000 , get
	who='' drives=1 refused "$bits: an inherited chip, request" "line request: policy 1:output" \
		as 1000 , exec "$client" , request lines=1 flags=output $level_one
	chip='' who='' drives=1 inherited_chip
}

# A chip that root opened.
inherited_chip() {
	local chip=$main
	who='' refused "$bits: a chip that root opened" "line request: policy 1:output" \
		pass 1000 , request lines=1 flags=output $level_one
}

for client in "${clients[@]}"; do
	input_only
done
client=./client

finish
