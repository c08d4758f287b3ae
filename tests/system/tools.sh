# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # variables and functions of lib.sh
# What the tests of the gpiod tools share, sourced after lib.sh: for who is allowed nothing changes, not a byte of output
# nor the status; a refusal ends with "Operation not permitted" and one audit record.

# The audit knows a program by the name of its file: a link named after the test.
run_tool() {
	local tool=$1 uid=${users[$who]%%:*}
	shift
	audited=yes
	mkdir -p "$state/bin"
	ln -sf "${tools:-/usr/bin}/$tool" "$state/bin/$comm"
	output=$(timeout 120 setpriv --reuid "$uid" --regid "$uid" --clear-groups "$state/bin/$comm" "$@" 2>&1)
	status=$?
	output=$(sed -E 's/ *[0-9]+\.[0-9]{9}/TIME/' <<<"$output")
}

# same NAME TOOL ARG...: what it says and returns is the same with and without a policy
same() {
	local kept
	next "$1"
	shift
	run_tool "$@"
	kept=$state/$comm.kept
	if loaded; then
		is "output and status" "$(<"$kept")" "$output [$status]"
	else
		echo "$output [$status]" >"$kept"
		is "status: $output" "${wanted-0}" "$status"
	fi
}

# not_permitted NAME RECORD TOOL ARG...: works without a policy, is refused with one
not_permitted() {
	next "$1"
	loaded && records[number]=$2
	shift 2
	run_tool "$@"
	if loaded; then
		[ "$status" != 0 ] || wrong "status 0: $output"
		has "$output" "Operation not permitted"
	else
		is "status: $output" 0 "$status"
	fi
	[ -z "${untouched-}" ] || ! loaded || ! line_is_output "$main" "$untouched" ||
		wrong "line $untouched became an output"
}

# tool_pid: of the tool that runs, by its name (run_tool)
tool_pid() {
	pgrep "^${script%%-*}\."
}

# is_watching N: the tool, now in $watcher, has been given N requests of lines. A line has its consumer before its
# interrupt, and that before the kernel tells of edges (linereq_create(), 6.12): an edge in between is lost.
is_watching() {
	watcher=$(tool_pid) && (($(readlink "/proc/$watcher/fd/"* | grep -c '^anon_inode:.*gpio-') >= $1))
}

# has_read_since BYTES: the tool has read an event, or has ended
has_read_since() {
	[ "$(bytes_read)" != "$1" ]
}

bytes_read() {
	sed -n 's/^rchar: //p' "/proc/$watcher/io" 2>/dev/null
}

# edges LINE [N]: once the tool has N requests (1), a rising edge, then a falling one, where it works. The kernel reads
# the level when it handles the interrupt: the line falls when the tool knows that it rose.
edges() {
	local before
	! loaded || [ -z "${refusal-}" ] || return
	soon is_watching "${2-1}" || return
	before=$(bytes_read)
	pull_line "$main" "$1" up
	soon has_read_since "$before"
	pull_line "$main" "$1" down
}

# falling_edges LINE: until the tool, which wants no rising ones, has had one and ends. That a line rose nothing tells,
# and a chip that is asked over a bus may not have seen it.
falling_edges() {
	soon is_watching 1 || return
	while [ -e "/proc/$watcher" ]; do
		pull_line "$main" "$1" up
		sleep 0.1
		pull_line "$main" "$1" down
		sleep 0.1
	done
}
