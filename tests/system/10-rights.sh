#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# Every row of the rights table (design, "What a request needs"), allowed and refused, asked by 64-bit and by
# 32-bit programs. This kernel has no first uAPI: what is allowed of it ends with EINVAL.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan 266

load_policy <<'END'
chip a label "lab-a"
allow user alice info         on a 10
allow user alice input        on a 11
allow user alice output       on a 12
allow user alice input edges  on a 13
allow user alice edges        on a 14
allow user alice input output on a 15
allow user alice all          on a 16
END

request_input() {
	allowed "$1 input, input allowed" request lines=11 flags=input
	allowed "$1 input, both directions allowed" request lines=15 flags=input
	refused "$1 input, info allowed" "line request: policy 10:input" request lines=10 flags=input
	refused "$1 input, output allowed" "line request: policy 12:input" request lines=12 flags=input
	refused "$1 input, edges allowed" "line request: policy 14:input" request lines=14 flags=input
	refused "$1 input, nothing allowed" "line request: policy 20:input" request lines=20 flags=input
	allowed "$1 as is, input allowed" request lines=11
	refused "$1 as is, output allowed" "line request: policy 12:input" request lines=12
	allowed "$1 debounce" request lines=11 flags=input attr=debounce:1:1000
	allowed "$1 bias" request lines=11 flags=input+up
}

request_output() {
	local driven=(flags=output attr=values:1:1)
	drives=12 allowed "$1 output, output allowed" request lines=12 "${driven[@]}"
	drives=15 allowed "$1 output, both directions allowed" request lines=15 "${driven[@]}"
	drives=11 refused "$1 output, input allowed" "line request: policy 11:output" request lines=11 "${driven[@]}"
	drives=14 refused "$1 output, edges allowed" "line request: policy 14:output" request lines=14 "${driven[@]}"
	drives=20 refused "$1 output, nothing allowed" "line request: policy 20:output" \
		request lines=20 "${driven[@]}"
	drives=15 refused "$1 output, one line of two allowed" "line request: policy 15 11:output" \
		request lines=15,11 "${driven[@]}"
	normal=EINVAL allowed "$1 both directions at once, allowed" request lines=15 flags=input+output
	normal=EINVAL refused "$1 both directions at once, input allowed" "line request: policy 11:output" \
		request lines=11 flags=input+output
	allowed "$1 open drain" request lines=12 flags=output+drain attr=values:1:1
	refused "$1 open drain, input allowed" "line request: policy 11:output" \
		request lines=11 flags=output+drain attr=values:1:1
	level=11 refused "$1 active low, input allowed" "line request: policy 11:output" \
		request lines=11 flags=output+low
}

request_edges() {
	local edge
	for edge in rising falling rising+falling; do
		allowed "$1 $edge, input and edges allowed" request lines=13 "flags=input+$edge"
		refused "$1 $edge, input allowed" "line request: policy 11:edges" request lines=11 "flags=input+$edge"
		refused "$1 $edge, edges allowed" "line request: policy 14:input" request lines=14 "flags=input+$edge"
		refused "$1 $edge, nothing allowed" "line request: policy 20:input,edges" \
			request lines=20 "flags=input+$edge"
	done
}

request_attributes() {
	local one=attr=values:0xffff:0xffff
	drives=12 allowed "$1 input, an attribute makes output what may be" \
		request lines=11,12 flags=input attr=flags:2:output $one
	drives=11 refused "$1 input, an attribute makes output what may not" "line request: policy 15 11:output" \
		request lines=15,11 flags=input attr=flags:2:output $one
	drives=12 allowed "$1 output, an attribute makes input what may be" \
		request lines=12,11 flags=output attr=flags:2:input $one
	drives=11 refused "$1 output, an attribute makes input the wrong one" \
		"line request: policy 12:input 11:output" request lines=12,11 flags=output attr=flags:1:input $one
	allowed "$1 of two attributes the first wins: input" \
		request lines=11 attr=flags:1:input attr=flags:1:output $one
	drives=11 refused "$1 of two attributes the first wins: output" "line request: policy 11:output" \
		request lines=11 attr=flags:1:output attr=flags:1:input $one
	drives=11 refused "$1 the flags attribute comes last of ten" "line request: policy 11:output" \
		request lines=11 flags=input attr={values,flags}:0:0 attr=debounce:0:0 attr={values,flags}:0:0 \
		attr=debounce:0:0 attr=values:0:0 attr=flags:0:0 attr=values:1:1 attr=flags:1:output
	drives=12 allowed "$1 an attribute for the 64th of 64 lines" \
		request lines=16,11,15,13,12 attr=flags:0x10:output attr=flags:0xf:input $one
	allowed "$1 edges by an attribute, allowed" request lines=11,13 flags=input attr=flags:2:input+rising
	refused "$1 edges by an attribute, input allowed" "line request: policy 11:edges 13" \
		request lines=11,13 flags=input attr=flags:1:input+rising
}

held() {
	allowed "$1 get, input allowed" request lines=11 flags=input , get
	allowed "$1 get, output allowed" request lines=12 flags=output , get
	who='' refused "$1 get, nothing allowed" "get values: policy 20:input-or-output" \
		request lines=20 flags=input , as 1000 , get
	who='' refused "$1 get, edges allowed" "get values: policy 14:input-or-output" \
		request lines=14 flags=input , as 1000 , get
	who='' refused "$1 get, one line of two allowed" "get values: policy 11 20:input-or-output" \
		request lines=11,20 flags=input , as 1000 , get 1
	level=12 allowed "$1 set, output allowed" request lines=12 flags=output , set 1 1
	who='' level=11 refused "$1 set, input allowed" "set values: policy 11:output" \
		request lines=11 flags=output , as 1000 , set 1 1
	who='' level=15 refused "$1 set, only of the allowed line of two" "set values: policy 15 11:output" \
		request lines=15,11 flags=output , as 1000 , set 1 1
	who='' level=12 allowed "$1 set, the other line is an input" \
		request lines=11,12 flags=input attr=flags:2:output , as 1000 , set 2 2
	normal=EPERM allowed "$1 set of an input is the kernel's to refuse" request lines=15 flags=input , set 1 1
	who='' level=11 refused "$1 as is of an output, then set" "set values: policy 11:output" \
		request lines=11 flags=output , release , as 1000 , request lines=11 , set 1 1
	who='' level=15 allowed "$1 as is of an output, then set, allowed" \
		request lines=15 flags=output , release , as 1000 , request lines=15 , set 1 1
}

config() {
	local one=attr=values:0xffff:0xffff
	drives=15 allowed "$1 config to output, allowed" request lines=15 flags=input , config flags=output $one
	drives=11 refused "$1 config to output, input allowed" "set config: policy 11:output" \
		request lines=11 flags=input , config flags=output $one
	allowed "$1 config to input, allowed" request lines=15 flags=output , config flags=input
	refused "$1 config to input, output allowed" "set config: policy 12:input" \
		request lines=12 flags=output , config flags=input
	refused "$1 config to as is, output allowed" "set config: policy 12:input" \
		request lines=12 flags=output , config flags=asis
	allowed "$1 config to edges, allowed" request lines=13 flags=input , config flags=input+falling
	refused "$1 config to edges, input allowed" "set config: policy 11:edges" \
		request lines=11 flags=input , config flags=input+falling
	drives=15 allowed "$1 config, an attribute makes output what may be" \
		request lines=11,15 flags=input , config flags=input attr=flags:2:output $one
	drives=11 refused "$1 config, an attribute makes output what may not" "set config: policy 11:output 15" \
		request lines=11,15 flags=input , config flags=input attr=flags:1:output $one
	who='' drives=20 refused "$1 config to output, nothing allowed" "set config: policy 20:output" \
		request lines=20 flags=input , as 1000 , config flags=output $one
}

receive() {
	local way
	for way in pass getfd; do
		who='' allowed "$1 $way, input allowed" request lines=11 flags=input , $way 1000 , get
		who='' allowed "$1 $way, output allowed" request lines=12 flags=input , $way 1000 , get
		who='' refused "$1 $way, nothing allowed" "receive descriptor: policy 20:input-or-output" \
			request lines=20 flags=input , $way 1000
		who='' refused "$1 $way, edges allowed" "receive descriptor: policy 14:input-or-output" \
			request lines=14 flags=input , $way 1000
		who='' refused "$1 $way, one line of two allowed" "receive descriptor: policy 11 20:input-or-output" \
			request lines=11,20 flags=input , $way 1000
		who='' level=11 refused "$1 $way, an output to whom input is allowed, then set" \
			"set values: policy 11:output" request lines=11 flags=output , $way 1000 , set 1 1
		who='' allowed "$1 $way, a chip's descriptor is no request's" $way 1000 , chipinfo
	done
}

first_uapi() {
	local normal=EINVAL
	allowed "$1 v1 handle, input allowed" handle lines=11 flags=input
	refused "$1 v1 handle, input, output allowed" "line request (v1): policy 12:input" handle lines=12 flags=input
	allowed "$1 v1 handle, as is, input allowed" handle lines=11
	refused "$1 v1 handle, as is, output allowed" "line request (v1): policy 12:input" handle lines=12
	allowed "$1 v1 handle, output allowed" handle lines=12 flags=output
	refused "$1 v1 handle, output, input allowed" "line request (v1): policy 11:output" \
		handle lines=11 flags=output
	refused "$1 v1 handle, one line of two allowed" "line request (v1): policy 15 11:output" \
		handle lines=15,11 flags=output
	refused "$1 v1 handle, no lines" "line request (v1): malformed" handle flags=input
	refused "$1 v1 handle, 65 lines" "line request (v1): malformed" handle flags=input num_lines=65
	refused "$1 v1 handle, unknown flag" "line request (v1): unknown-flag 11" handle lines=11 flags=0x1001
	allowed "$1 v1 event, input and edges allowed" event lines=13 flags=input
	refused "$1 v1 event, input allowed" "event request (v1): policy 11:edges" event lines=11 flags=input
	refused "$1 v1 event, nothing allowed" "event request (v1): policy 20:input,edges" event lines=20
	allowed "$1 v1 event, output: the kernel refuses it anyway" event lines=13 flags=output
	allowed "$1 v1 line info" info1 20
	allowed "$1 v1 watch" watch1 20
}

unknown() {
	local normal=EINVAL
	refused "$1 unknown command on a chip" "unknown command: unknown-command" raw chip 0xb499
	refused "$1 unknown command with an argument on a chip" "unknown command: unknown-command" raw chip w0x99
	refused "$1 a request's command on a chip" "get values: unknown-command" raw chip 0xc010b40e
	refused "$1 unknown command on a request" "unknown command: unknown-command" \
		request lines=16 flags=input , raw request 0xb499
	refused "$1 v1 get on a v2 request" "get values (v1): unknown-command" request lines=16 flags=input , get1
	refused "$1 v1 set on a v2 request" "set values (v1): unknown-command" request lines=16 flags=output , set1 1
	refused "$1 v1 config on a v2 request" "set config (v1): unknown-command" \
		request lines=16 flags=input , config1 flags=output
	allowed "$1 a command of another type is not judged" raw chip 0x5401
}

malformed() {
	local normal=EINVAL
	refused "$1 no lines" "line request: malformed" request flags=input
	refused "$1 65 lines" "line request: malformed" request flags=input num_lines=65
	refused "$1 4294967295 lines" "line request: malformed" request flags=input num_lines=4294967295
	refused "$1 11 attributes" "line request: malformed" request lines=16 flags=input num_attrs=11
	refused "$1 unknown flag" "line request: unknown-flag 16" request lines=16 flags=input+0x10000
	refused "$1 unknown flag in an attribute" "line request: unknown-flag 16" \
		request lines=16 flags=input attr=flags:1:0x8000000000000000
	refused "$1 unknown flag, after a refusal" \
		"line request: policy 20:output, line request: unknown-flag 16" \
		try request lines=20 flags=output , release , request lines=16 flags=input+0x10000
	refused "$1 unknown flag by config" "set config: unknown-flag 16" \
		request lines=16 flags=input , config flags=input+0x10000
	normal="done" refused "$1 unknown attribute" "line request: unknown-flag" \
		request lines=16 flags=input attr=9:1:0
	refused "$1 a line the chip has not" "line request: policy 64:input" request lines=64 flags=input
	refused "$1 line 4294967295" "line request: policy 4294967295:input" request lines=4294967295 flags=input
	normal=EFAULT refused "$1 null pointer" "line request: unreadable" request at=null
	normal=EFAULT refused "$1 wild pointer" "line request: unreadable" request at=wild
	normal=EFAULT refused "$1 null pointer, config" "set config: unreadable 16" \
		request lines=16 flags=input , config flags=input at=null
	normal=EBUSY allowed "$1 a line that is taken" request lines=16 flags=input , request lines=16 flags=input
}

open_info() {
	allowed "$1 info open" info 20
	allowed "$1 info open, watch and unwatch" watch 20 , unwatch 20
	allowed "$1 chip info" chipinfo
}

restricted_info() {
	allowed "$1 info restricted, allowed" info 10
	allowed "$1 info restricted, watch and unwatch allowed" watch 10 , unwatch 10
	refused "$1 info restricted, input allowed" "line info: policy 11:info" info 11
	refused "$1 info restricted, watch" "line info watch: policy 11:info" watch 11
	who='' refused "$1 info restricted, unwatch" "line info unwatch: policy 11:info" \
		watch 11 , as 1000 , unwatch 11
	normal=EINVAL allowed "$1 info restricted, v1 allowed" info1 10
	normal=EINVAL refused "$1 info restricted, v1" "line info (v1): policy 11:info" info1 11
	normal=EINVAL refused "$1 info restricted, v1 watch" "line info watch (v1): policy 11:info" watch1 11
	allowed "$1 info restricted, chip info" chipinfo
	normal=EINVAL refused "$1 info restricted, a line the chip has not" "line info: policy 64:info" info 64
	allowed "$1 info restricted, requests are as before" request lines=11 flags=input
}

for client in ./client ./client32; do
	bits=64-bit
	[ $client = ./client ] || bits=32-bit
	request_input $bits
	request_output $bits
	request_edges $bits
	request_attributes $bits
	held $bits
	config $bits
	receive $bits
	first_uapi $bits
	unknown $bits
	malformed $bits
	open_info $bits
done

load_policy <<'END'
set info restricted
chip a label "lab-a"
allow user alice info  on a 0 10
allow user alice input on a 11
END
for client in ./client ./client32; do
	bits=64-bit
	[ $client = ./client ] || bits=32-bit
	restricted_info $bits
done

# A page that was never touched: zeros to a 64-bit program, not there to the hook of a 32-bit one.
client=./client
allowed "64-bit argument in untouched memory" info at=fresh
client=./client32
refused "32-bit argument in untouched memory" "line info: unreadable" info at=fresh

finish
