#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# Every row of the rights table (docs/architecture.md, "What a request needs"), allowed and refused, requested by 64-bit
# and by 32-bit programs. On a kernel without the first uAPI its allowed requests fail with EINVAL.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
v1=EINVAL
each=191
if has_feature v1; then
	each=227
	v1="done"
fi
plan $((each * ${#clients[@]}))
debounce=EINVAL
! has_feature debounce || debounce="done"

load_policy <<END
chip a $main_is
allow user alice info         on a 0
allow user alice input        on a 1
allow user alice output       on a 2
allow user alice input edges bias  on a 3
allow user alice edges bias        on a 4
allow user alice input output bias on a 5
END

request_input() {
	allowed "$1 input, input allowed" request lines=1 flags=input
	allowed "$1 input, both directions allowed" request lines=5 flags=input
	refused "$1 input, info allowed" "line request: policy 0:input" request lines=0 flags=input
	refused "$1 input, output allowed" "line request: policy 2:input" request lines=2 flags=input
	refused "$1 input, edges allowed" "line request: policy 4:input" request lines=4 flags=input
	refused "$1 input, nothing allowed" "line request: policy 6:input" request lines=6 flags=input
	allowed "$1 as is, input allowed" request lines=1
	allowed "$1 as is, output allowed" request lines=2
	refused "$1 as is, edges allowed" "line request: policy 4:input-or-output" request lines=4
	refused "$1 as is, nothing allowed" "line request: policy 1 6:input-or-output" request lines=1,6
	allowed "$1 as is, output allowed, then an output" request lines=2 , config flags=output
	normal=$debounce allowed "$1 debounce" request lines=1 flags=input attr=debounce:1:1000
}

# pulls LINE: what follows shall take the line, which floats low, to 1, if a pull does that here
pulls() {
	! has_feature bias || {
		reset_line "$main" "$1"
		level=$1
	}
}

request_bias() {
	local level=''
	allowed "$1 no pull, input allowed" request lines=1 flags=input+floating
	refused "$1 pull-down, input allowed" "line request: policy 1:bias" request lines=1 flags=input+down
	refused "$1 edges with a pull, input allowed" "line request: policy 1:edges,bias" \
		request lines=1 flags=input+rising+up
	refused "$1 pull-up, bias without a direction allowed" "line request: policy 4:input" \
		request lines=4 flags=input+up
	allowed "$1 pull-down, input and bias allowed" request lines=3 flags=input+down
	allowed "$1 edges with a pull, allowed" request lines=3 flags=input+falling+up
	allowed "$1 of a pull that an attribute takes away" request lines=3,1 flags=input+up attr=flags:2:input
	drives=2 refused "$1 output with a pull, output allowed" "line request: policy 2:bias" \
		request lines=2 flags=output+down attr=values:1:1
	drives=5 allowed "$1 output with a pull, allowed" request lines=5 flags=output+down attr=values:1:1
	pulls 1
	refused "$1 pull-up, input allowed" "line request: policy 1:bias" request lines=1 flags=input+up
	pulls 1
	refused "$1 pull-up by an attribute, input allowed" "line request: policy 3 1:bias" \
		request lines=3,1 flags=input attr=flags:2:input+up
	pulls 1
	refused "$1 config to a pull-up, input allowed" "set config: policy 1:bias" \
		request lines=1 flags=input , config flags=input+up
	pulls 1
	refused "$1 config to a pull-up by an attribute" "set config: policy 3 1:bias" \
		request lines=3,1 flags=input , config flags=input attr=flags:2:input+up
	pulls 3
	allowed "$1 pull-up, input and bias allowed" request lines=3 flags=input+up
	pulls 3
	allowed "$1 config to a pull-up, allowed" request lines=3 flags=input , config flags=input+up
}

request_output() {
	local driven=(flags=output attr=values:1:1)
	drives=2 allowed "$1 output, output allowed" request lines=2 "${driven[@]}"
	drives=5 allowed "$1 output, both directions allowed" request lines=5 "${driven[@]}"
	drives=1 refused "$1 output, input allowed" "line request: policy 1:output" request lines=1 "${driven[@]}"
	drives=4 refused "$1 output, edges allowed" "line request: policy 4:output" request lines=4 "${driven[@]}"
	drives=6 refused "$1 output, nothing allowed" "line request: policy 6:output" \
		request lines=6 "${driven[@]}"
	drives=5 refused "$1 output, one line of two allowed" "line request: policy 5 1:output" \
		request lines=5,1 "${driven[@]}"
	normal=EINVAL allowed "$1 both directions at once, allowed" request lines=5 flags=input+output
	allowed "$1 open drain" request lines=2 flags=output+drain attr=values:1:1
	refused "$1 open drain, input allowed" "line request: policy 1:output" \
		request lines=1 flags=output+drain attr=values:1:1
	level=1 refused "$1 active low, input allowed" "line request: policy 1:output" \
		request lines=1 flags=output+low
}

request_edges() {
	local edge
	for edge in rising falling rising+falling; do
		allowed "$1 $edge, input and edges allowed" request lines=3 "flags=input+$edge"
		refused "$1 $edge, input allowed" "line request: policy 1:edges" request lines=1 "flags=input+$edge"
		refused "$1 $edge, edges allowed" "line request: policy 4:input" request lines=4 "flags=input+$edge"
		refused "$1 $edge, nothing allowed" "line request: policy 6:input,edges" \
			request lines=6 "flags=input+$edge"
	done
}

request_attributes() {
	local one=attr=values:0xffff:0xffff
	drives=2 allowed "$1 input, an attribute makes output what may be" \
		request lines=1,2 flags=input attr=flags:2:output $one
	drives=1 refused "$1 input, an attribute makes output what may not" "line request: policy 5 1:output" \
		request lines=5,1 flags=input attr=flags:2:output $one
	drives=2 allowed "$1 output, an attribute makes input what may be" \
		request lines=2,1 flags=output attr=flags:2:input $one
	drives=1 refused "$1 output, an attribute makes input the wrong one" \
		"line request: policy 2:input 1:output" request lines=2,1 flags=output attr=flags:1:input $one
	allowed "$1 of two attributes the first wins: input" \
		request lines=1 attr=flags:1:input attr=flags:1:output $one
	drives=1 refused "$1 of two attributes the first wins: output" "line request: policy 1:output" \
		request lines=1 attr=flags:1:output attr=flags:1:input $one
	drives=1 refused "$1 the flags attribute comes last of ten" "line request: policy 1:output" \
		request lines=1 flags=input attr={values,flags}:0:0 attr=debounce:0:0 attr={values,flags}:0:0 \
		attr=debounce:0:0 attr=values:0:0 attr=flags:0:0 attr=values:1:1 attr=flags:1:output
	drives=2 allowed "$1 an attribute for the last line" \
		request lines=5,1,3,2 attr=flags:8:output attr=flags:7:input $one
	allowed "$1 edges by an attribute, allowed" request lines=1,3 flags=input attr=flags:2:input+rising
	refused "$1 edges by an attribute, input allowed" "line request: policy 1:edges 3" \
		request lines=1,3 flags=input attr=flags:1:input+rising
}

held() {
	allowed "$1 get, input allowed" request lines=1 flags=input , get
	allowed "$1 get, output allowed" request lines=2 flags=output , get
	who='' refused "$1 get, nothing allowed" "get values: policy 6:input-or-output" \
		request lines=6 flags=input , as 1000 , get
	who='' refused "$1 get, edges allowed" "get values: policy 4:input-or-output" \
		request lines=4 flags=input , as 1000 , get
	who='' refused "$1 get, one line of two allowed" "get values: policy 1 6:input-or-output" \
		request lines=1,6 flags=input , as 1000 , get 1
	level=2 allowed "$1 set, output allowed" request lines=2 flags=output , set 1 1
	who='' level=1 refused "$1 set, input allowed" "set values: policy 1:output" \
		request lines=1 flags=output , as 1000 , set 1 1
	who='' level=5 refused "$1 set, only of the allowed line of two" "set values: policy 5 1:output" \
		request lines=5,1 flags=output , as 1000 , set 1 1
	who='' level=2 allowed "$1 set, the other line is an input" \
		request lines=1,2 flags=input attr=flags:2:output , as 1000 , set 2 2
	normal=EPERM allowed "$1 set of an input is the kernel's to refuse" request lines=5 flags=input , set 1 1
	who='' level=1 refused "$1 as is of an output, then set" "set values: policy 1:output" \
		request lines=1 flags=output , release , as 1000 , request lines=1 , set 1 1
	who='' level=5 allowed "$1 as is of an output, then set, allowed" \
		request lines=5 flags=output , release , as 1000 , request lines=5 , set 1 1
}

config() {
	local one=attr=values:0xffff:0xffff
	drives=5 allowed "$1 config to output, allowed" request lines=5 flags=input , config flags=output $one
	drives=1 refused "$1 config to output, input allowed" "set config: policy 1:output" \
		request lines=1 flags=input , config flags=output $one
	allowed "$1 config to input, allowed" request lines=5 flags=output , config flags=input
	refused "$1 config to input, output allowed" "set config: policy 2:input" \
		request lines=2 flags=output , config flags=input
	allowed "$1 config to as is, output allowed" request lines=2 flags=output , config flags=asis
	who='' refused "$1 config to as is, nothing allowed" "set config: policy 6:input-or-output" \
		request lines=6 flags=output , as 1000 , config flags=asis
	allowed "$1 config to edges, allowed" request lines=3 flags=input , config flags=input+falling
	refused "$1 config to edges, input allowed" "set config: policy 1:edges" \
		request lines=1 flags=input , config flags=input+falling
	drives=5 allowed "$1 config, an attribute makes output what may be" \
		request lines=1,5 flags=input , config flags=input attr=flags:2:output $one
	drives=1 refused "$1 config, an attribute makes output what may not" "set config: policy 1:output 5" \
		request lines=1,5 flags=input , config flags=input attr=flags:1:output $one
	who='' drives=6 refused "$1 config to output, nothing allowed" "set config: policy 6:output" \
		request lines=6 flags=input , as 1000 , config flags=output $one
}

receive() {
	local way
	for way in pass getfd; do
		who='' allowed "$1 $way, input allowed" request lines=1 flags=input , $way 1000 , get
		who='' allowed "$1 $way, output allowed" request lines=2 flags=input , $way 1000 , get
		who='' refused "$1 $way, nothing allowed" "receive descriptor: policy 6:input-or-output" \
			request lines=6 flags=input , $way 1000
		who='' refused "$1 $way, edges allowed" "receive descriptor: policy 4:input-or-output" \
			request lines=4 flags=input , $way 1000
		who='' refused "$1 $way, one line of two allowed" "receive descriptor: policy 1 6:input-or-output" \
			request lines=1,6 flags=input , $way 1000
		who='' level=1 refused "$1 $way, an output to whom input is allowed, then set" \
			"set values: policy 1:output" request lines=1 flags=output , $way 1000 , set 1 1
		who='' refused "$1 $way, it tells edges, input allowed" "receive descriptor: policy 1:edges" \
			request lines=1 flags=input+rising , $way 1000
		who='' refused "$1 $way, one line of two tells edges" "receive descriptor: policy 3 1:edges" \
			request lines=3,1 flags=input , config flags=input attr=flags:2:input+falling , $way 1000
		who='' allowed "$1 $way, it tells edges, allowed" \
			request lines=1,3 flags=input attr=flags:2:input+rising , $way 1000 , get
		who='' allowed "$1 $way, it tells edges no more" \
			request lines=1 flags=input+rising , config flags=input , $way 1000 , get
		who='' allowed "$1 $way, a chip's descriptor is no request's" $way 1000 , chipinfo
	done
}

first_uapi() {
	local normal=$v1
	allowed "$1 v1 handle, input allowed" handle lines=1 flags=input
	refused "$1 v1 handle, input, output allowed" "line request (v1): policy 2:input" handle lines=2 flags=input
	allowed "$1 v1 handle, as is, input allowed" handle lines=1
	allowed "$1 v1 handle, as is, output allowed" handle lines=2
	refused "$1 v1 handle, as is, nothing allowed" "line request (v1): policy 6:input-or-output" handle lines=6
	refused "$1 v1 handle, pull-up, input allowed" "line request (v1): policy 1:bias" \
		handle lines=1 flags=input+up
	refused "$1 v1 handle, output, pull-down, output allowed" "line request (v1): policy 2:bias" \
		handle lines=2 flags=output+down
	allowed "$1 v1 handle, pull-up, allowed" handle lines=5 flags=input+up
	allowed "$1 v1 handle, no pull, input allowed" handle lines=1 flags=input+floating
	refused "$1 v1 event with a pull, input allowed" "event request (v1): policy 1:edges,bias" \
		event lines=1 flags=up
	allowed "$1 v1 event with a pull, allowed" event lines=3 flags=input+up
	allowed "$1 v1 handle, output allowed" handle lines=2 flags=output
	refused "$1 v1 handle, output, input allowed" "line request (v1): policy 1:output" \
		handle lines=1 flags=output
	refused "$1 v1 handle, one line of two allowed" "line request (v1): policy 5 1:output" \
		handle lines=5,1 flags=output
	allowed "$1 v1 event, input and edges allowed" event lines=3 flags=input
	refused "$1 v1 event, input allowed" "event request (v1): policy 1:edges" event lines=1 flags=input
	refused "$1 v1 event, nothing allowed" "event request (v1): policy 6:input,edges" event lines=6
	allowed "$1 v1 line info" info1 6
	allowed "$1 v1 watch" watch1 6
	normal=EINVAL
	allowed "$1 v1 handle, no lines" handle flags=input
	allowed "$1 v1 handle, 65 lines" handle flags=input num_lines=65
	allowed "$1 v1 handle, unknown flag" handle lines=6 flags=0x1001
	allowed "$1 v1 handle, both directions" handle lines=6 flags=input+output
	allowed "$1 v1 handle, a line the chip has not" handle "lines=$lines" flags=output
	refused "$1 v1 handle, no lines, and a thread" "line request (v1): malformed" memory thread , handle flags=input
	refused "$1 v1 handle, unknown flag, and a thread" "line request (v1): unknown-flag 1" \
		memory thread , handle lines=1 flags=0x1001
	allowed "$1 v1 event, two pulls" event lines=6 flags=up+down
	allowed "$1 v1 event, a line the chip has not" event "lines=$lines" flags=input
	allowed "$1 v1 event, output: the kernel refuses it anyway" event lines=3 flags=output
}

# What a kernel with the first uAPI lets a program do on a request of it.
first_uapi_held() {
	local way
	drives=2 allowed "$1 v1 output, output allowed" handle lines=2 flags=output values=1
	drives=1 refused "$1 v1 output, one line of two allowed" "line request (v1): policy 5 1:output" \
		handle lines=5,1 flags=output values=3
	allowed "$1 v1 get, input allowed" handle lines=1 flags=input , get1
	allowed "$1 v1 get, output allowed" handle lines=2 flags=output , get1
	who='' refused "$1 v1 get, nothing allowed" "get values (v1): policy 6:input-or-output" \
		handle lines=6 flags=input , as 1000 , get1
	who='' refused "$1 v1 get, one line of two allowed" "get values (v1): policy 1 6:input-or-output" \
		handle lines=1,6 flags=input , as 1000 , get1
	allowed "$1 v1 get of an event request, allowed" event lines=3 flags=input , get1
	who='' refused "$1 v1 get of an event request, edges allowed" "get values (v1): policy 4:input-or-output" \
		event lines=4 flags=input , as 1000 , get1
	level=2 allowed "$1 v1 set, output allowed" handle lines=2 flags=output , set1 1
	who='' level=1 refused "$1 v1 set, input allowed" "set values (v1): policy 1:output" \
		handle lines=1 flags=output , as 1000 , set1 1
	who='' level=1 refused "$1 v1 set, one line of two allowed" "set values (v1): policy 5 1:output" \
		handle lines=5,1 flags=output , as 1000 , set1 3
	refused "$1 v1 set, an output and an input as they are" "set values (v1): policy 5 1:output" \
		handle lines=1 flags=input , release , handle lines=5 flags=output , release , \
		handle lines=5,1 , set1 3
	drives=5 allowed "$1 v1 config to output, allowed" handle lines=5 flags=input , config1 flags=output values=1
	drives=1 refused "$1 v1 config to output, input allowed" "set config (v1): policy 1:output" \
		handle lines=1 flags=input , config1 flags=output values=1
	allowed "$1 v1 config to input, allowed" handle lines=5 flags=output , config1 flags=input
	refused "$1 v1 config to input, output allowed" "set config (v1): policy 2:input" \
		handle lines=2 flags=output , config1 flags=input
	normal=EINVAL allowed "$1 v1 config to as is, output allowed" handle lines=2 flags=output , config1 flags=asis
	refused "$1 v1 config to a pull-up, input allowed" "set config (v1): policy 1:bias" \
		handle lines=1 flags=input , config1 flags=input+up
	allowed "$1 v1 config to a pull-down, allowed" handle lines=5 flags=input , config1 flags=input+down
	for way in pass getfd; do
		who='' allowed "$1 v1 $way, input allowed" handle lines=1 flags=input , $way 1000 , get1
		who='' refused "$1 v1 $way, nothing allowed" "receive descriptor: policy 6:input-or-output" \
			handle lines=6 flags=input , $way 1000
		who='' refused "$1 v1 $way, event request, nothing allowed" \
			"receive descriptor: policy 6:edges,input-or-output" event lines=6 flags=input , $way 1000
		who='' refused "$1 v1 $way, event request, input allowed" "receive descriptor: policy 1:edges" \
			event lines=1 flags=input , $way 1000
		who='' allowed "$1 v1 $way, event request, allowed" event lines=3 flags=input , $way 1000 , get1
	done
}

first_uapi_unknown() {
	local normal=EINVAL
	refused "$1 v2 get on a v1 handle" "get values: unknown-command" handle lines=5 flags=input , get
	refused "$1 v2 set on a v1 handle" "set values: unknown-command" handle lines=5 flags=output , set 1 1
	refused "$1 v2 config on a v1 handle" "set config: unknown-command" handle lines=5 , config flags=output
	refused "$1 v1 set on an event request" "set values (v1): unknown-command" event lines=3 , set1 1
	refused "$1 v1 config on an event request" "set config (v1): unknown-command" event lines=3 , config1 flags=output
	refused "$1 unknown command on a v1 handle" "unknown command: unknown-command" \
		handle lines=5 flags=input , raw request 0xb499
	refused "$1 unknown command on an event request" "unknown command: unknown-command" \
		event lines=3 flags=input , raw request 0xb499
}

unknown() {
	local normal=EINVAL
	refused "$1 unknown command on a chip" "unknown command: unknown-command" raw chip 0xb499
	refused "$1 unknown command with an argument on a chip" "unknown command: unknown-command" raw chip w0x99
	refused "$1 a request's command on a chip" "get values: unknown-command" raw chip 0xc010b40e
	refused "$1 unknown command on a request" "unknown command: unknown-command" \
		request lines=5 flags=input , raw request 0xb499
	refused "$1 v1 get on a v2 request" "get values (v1): unknown-command" request lines=5 flags=input , get1
	refused "$1 v1 set on a v2 request" "set values (v1): unknown-command" request lines=5 flags=output , set1 1
	refused "$1 v1 config on a v2 request" "set config (v1): unknown-command" \
		request lines=5 flags=input , config1 flags=output
	allowed "$1 a command of another type is not judged" raw chip 0x5401
}

# What the kernel refuses is the kernel's to refuse, as long as nobody else can change the request meanwhile.
malformed() {
	local normal=EINVAL shared=(memory thread ,)
	allowed "$1 no lines" request flags=input
	allowed "$1 65 lines" request flags=input num_lines=65
	allowed "$1 4294967295 lines" request flags=input num_lines=4294967295
	allowed "$1 11 attributes" request lines=5 flags=input num_attrs=11
	allowed "$1 11 attributes, config" request lines=5 flags=input , config flags=output num_attrs=11
	allowed "$1 unknown flag" request lines=5 flags=input+0x10000
	allowed "$1 unknown flag, nothing allowed" request lines=6 flags=output+0x10000
	allowed "$1 unknown flag in an attribute" request lines=5 flags=input attr=flags:1:0x8000000000000000
	refused "$1 unknown flag, after a refusal" "line request: policy 6:output, line request: unknown-flag 5" \
		try request lines=6 flags=output , release , "${shared[@]}" request lines=5 flags=input+0x10000
	allowed "$1 unknown flag by config" request lines=5 flags=input , config flags=input+0x10000
	who='' allowed "$1 unknown flag by config, nothing allowed" \
		request lines=6 flags=input , as 1000 , config flags=output+0x10000
	normal="done" allowed "$1 unknown attribute, which the kernel ignores" request lines=5 flags=input attr=9:1:0
	normal="done" refused "$1 unknown attribute, nothing allowed" "line request: policy 6:input" \
		request lines=6 flags=input attr=9:1:0
	allowed "$1 both directions" request lines=1 flags=input+output
	allowed "$1 edges of an output" request lines=6 flags=output+rising
	allowed "$1 a pull as is" request lines=6 flags=up
	allowed "$1 two pulls" request lines=6 flags=input+up+down
	allowed "$1 debounced output" request lines=6 flags=output attr=debounce:1:1000
	allowed "$1 one line of two is malformed" request lines=6,1 flags=output attr=flags:2:input+output
	allowed "$1 a line the chip has not" request "lines=$lines" flags=input
	allowed "$1 line 4294967295" request lines=4294967295 flags=output
	normal="done" drives=6 refused "$1 a line the chip has not, behind another" \
		"line request: policy 6:output $lines, line request: policy 6:output" \
		try request "lines=6,$lines" flags=output attr=values:1:1 , request lines=6 flags=output attr=values:1:1
	refused "$1 no lines, and a thread" "line request: malformed" "${shared[@]}" request flags=input
	refused "$1 65 lines, and a thread" "line request: malformed" "${shared[@]}" request flags=input num_lines=65
	refused "$1 11 attributes, and a thread" "line request: malformed" \
		"${shared[@]}" request lines=5 flags=input num_attrs=11
	refused "$1 unknown flag, and a thread" "line request: unknown-flag 5" \
		"${shared[@]}" request lines=5 flags=input+0x10000
	refused "$1 both directions, and a thread" "line request: threads 5" "${shared[@]}" request lines=5 flags=input+output
	refused "$1 a line the chip has not, and a thread" "line request: policy $lines:input" \
		"${shared[@]}" request "lines=$lines" flags=input
	normal=EFAULT refused "$1 null pointer" "line request: unreadable" request at=null
	normal=EFAULT refused "$1 wild pointer" "line request: unreadable" request at=wild
	normal=EFAULT refused "$1 null pointer, config" "set config: unreadable 5" \
		request lines=5 flags=input , config flags=input at=null
	normal=EBUSY allowed "$1 a line that is taken" request lines=5 flags=input , request lines=5 flags=input
}

open_info() {
	allowed "$1 info open" info 6
	allowed "$1 info open, watch and unwatch" watch 6 , unwatch 6
	allowed "$1 chip info" chipinfo
}

restricted_info() {
	allowed "$1 info restricted, allowed" info 0
	allowed "$1 info restricted, watch and unwatch allowed" watch 0 , unwatch 0
	refused "$1 info restricted, input allowed" "line info: policy 1:info" info 1
	refused "$1 info restricted, watch" "line info watch: policy 1:info" watch 1
	who='' refused "$1 info restricted, unwatch" "line info unwatch: policy 1:info" \
		watch 1 , as 1000 , unwatch 1
	normal=$v1 allowed "$1 info restricted, v1 allowed" info1 0
	normal=$v1 refused "$1 info restricted, v1" "line info (v1): policy 1:info" info1 1
	normal=$v1 refused "$1 info restricted, v1 watch" "line info watch (v1): policy 1:info" watch1 1
	allowed "$1 info restricted, chip info" chipinfo
	normal=EINVAL allowed "$1 info restricted, a line the chip has not" info "$lines"
	normal=EINVAL allowed "$1 info restricted, watch of a line the chip has not" watch "$lines"
	normal=EINVAL allowed "$1 info restricted, unwatch of a line the chip has not" unwatch "$lines"
	normal=EINVAL refused "$1 info restricted, a line the chip has not, and a thread" "line info: policy $lines:info" \
		memory thread , info "$lines"
	allowed "$1 info restricted, requests are as before" request lines=1 flags=input
}

for client in "${clients[@]}"; do
	bits=64-bit
	[ "$client" = ./client ] || bits=32-bit
	request_input $bits
	request_output $bits
	request_bias $bits
	request_edges $bits
	request_attributes $bits
	held $bits
	config $bits
	receive $bits
	first_uapi $bits
	if has_feature v1; then
		first_uapi_held $bits
		first_uapi_unknown $bits
	fi
	unknown $bits
	malformed $bits
	open_info $bits
done

load_policy <<END
set info restricted
chip a $main_is
allow user alice info  on a 0
allow user alice input on a 1
END
for client in "${clients[@]}"; do
	bits=64-bit
	[ "$client" = ./client ] || bits=32-bit
	restricted_info $bits
done

# A page that was never touched: zeros to a 64-bit program, not there to the hook of a 32-bit one.
client=./client
allowed "64-bit argument in untouched memory" info at=fresh
client=$other
! has_feature compat || refused "32-bit argument in untouched memory" "line info: unreadable" info at=fresh

finish
