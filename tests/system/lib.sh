# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# What the system tests share. Sourced by each NN-name.sh, which guest.sh runs in the guest twice:
# with $phase "open", before any policy was loaded, and with $phase "loaded". So a test shows first that
# what it does works without a policy. Tests are counted and their two halves are joined by number.
#
# The guest's hardware is the board's (/etc/lab/board; tests/lab/README.md): $main, $main_is, $lines, line_value,
# pull_line, plug, unplug, ... Right after its title a test says what it `needs` of it.
#
# Variables a test may set just for itself, in front of `allowed` and `refused`:
#   who=USER      who asks: a key of $users; empty: the steps say so themselves
#   chip=NAME     the chip opened first; empty: the steps open it
#   normal=WORD   what comes of it where nobody refuses: done, or an errno (EINVAL, ...)
#   level=K       the request's value on line K of the chip is 1 when it works, 0 when it is refused
#   drives=K      the same, and line K becomes an output or stays an input

set -u
cd /lab/system || exit 1
# shellcheck source=tests/lab/boards/sim/board
. /etc/lab/board

script=$(basename "$0" .sh)
state=/run/system
policy=/etc/gpio-acl/policy.conf
declare -A users=([root]=0 [alice]=1000 [bob]=1001 [carol]=1002:1002:2000)
client=./client
who=alice
chip=$main
normal="done"

number=0
audited=no # has a test left, or could it have left, records?
names=() problems=() records=()

mkdir -p "$state" "${policy%/*}"

loaded() { [ "$phase" = loaded ]; }

# has_feature WORD: does this guest have it? The words: tests/lab/README.md
has_feature() {
	[[ " $has " == *" $1 "* ]]
}

# The client built for each kind of programs that the guest runs, and the last of them, which is another where it can be.
clients=(./client)
! has_feature compat || clients+=(./client32)
other=${clients[-1]}

# needs WORD...: where the guest lacks one, this script is not run, which `run` tells in its matrix.
needs() {
	local word
	for word in "$@"; do
		has_feature "$word" && continue
		! loaded || echo "# not here: $script needs $word"
		: >"$state/$script.$phase"
		exit
	done
}

# rounds N SECONDS: how often to do what is done N times in about so many seconds on a quick guest: less often on a slow
# one, and $SOAK seconds longer in `make soak`
rounds() {
	echo $(($1 * ($2 + ${SOAK:-0}) / $2 / ${slowness:-1}))
}

# plan N: how many tests this script has
plan() {
	planned=$1
}

# next NAME: begins a test
next() {
	number=$((number + 1))
	names[number]=$1
	problems[number]=''
	records[number]=''
	comm=${script%%-*}.$number
}

# wrong WHAT: says why this test fails, on one line
wrong() {
	local what=$*
	problems[number]+="${problems[number]:+; }${what//$'\n'/ | }"
}

# is WHAT WANTED FOUND
is() {
	[ "$2" = "$3" ] || wrong "$1: wanted \"$2\", found \"$3\""
}

# load_policy [OPTION...]: puts standard input in force; what was printed in $output
load_policy() {
	loaded || return 0
	cat >"$policy.new" && mv "$policy.new" "$policy"
	output=$(gpio-acl load "$@" 2>&1) && return
	echo "# load_policy: $output"
	exit 1
}

# The line as if nobody had ever used it: an input that is low. Where nothing outside pulls it, it stays as it was
# driven last.
reset_line() {
	! has_feature pull || pull_line "$1" "$2" down
	./client open "$1" , request "lines=$2" flags=output , config flags=input >/dev/null ||
		wrong "line $2 cannot be reset"
}

line_is_output() {
	local flags
	flags=$(./client open "$1" , info "$2")
	flags=${flags##* }
	((flags & 8))
}

# attempt STEP...: result is what came of the last step, status the client's, output all it said
attempt() {
	local line=${drives-${level-}}
	audited=yes
	[ -z "${drives-}" ] || reset_line "$chip" "$drives"
	set -- ${who:+as "${users[$who]}" ,} ${chip:+open "$chip" ,} "$@"
	set -- ${line:+look "$(value_file "$chip" "$line")" ,} "$@"
	output=$("$client" name "$comm" , "$@" 2>&1)
	status=$?
	value=''
	[[ $output != *'look: '* ]] || value=${output##*look: }
	result=$'\n'$output
	result=${result%$'\n'look: *}
	result=${result##*$'\n'}
	result=${result#*: }
	result=${result%% *}
	[ "$status" != 5 ] || result='not attempted'
}

# hardware WORKED: is the line as it must be?
hardware() {
	local line=${drives-${level-}} direction=input
	[ -n "$line" ] || return 0
	is "value of line $line" "$1" "$value"
	[ -n "${drives-}" ] || return 0
	line_is_output "$chip" "$drives" && direction=output
	[ "$1" = 1 ] && is "direction of line $line" output "$direction"
	[ "$1" = 1 ] || is "direction of line $line" input "$direction"
}

# allowed NAME STEP...: works, as it does without a policy, and leaves no audit record
allowed() {
	next "$1"
	shift
	attempt "$@"
	is "$output" "$normal" "$result"
	hardware 1
}

# refused NAME RECORD STEP...: works without a policy; is refused, with just the record (finish)
refused() {
	next "$1"
	loaded && records[number]=$2
	shift 2
	attempt "$@"
	if loaded; then
		is "$output" EPERM "$result"
		hardware 0
	else
		is "$output" "$normal" "$result"
		hardware 1
	fi
}

# passes NAME RECORD STEP...: works, with and without a policy, and leaves just the record
passes() {
	next "$1"
	loaded && records[number]=$2
	shift 2
	attempt "$@"
	is "$output" "$normal" "$result"
	hardware 1
}

# json KEY...: of standard input, a value
json() {
	python3 -c 'import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1:]:
    value = value[int(key) if key.isdigit() else key]
print(json.dumps(value) if not isinstance(value, str) else value)' "$@"
}

# prints NAME STATUS PATTERN COMMAND...: with a policy, a command's exit status and what it prints
prints() {
	next "$1"
	local status=$2 pattern=$3
	shift 3
	loaded || return 0
	output=$("$@" 2>&1)
	is "status of $* ($output)" "$status" "$?"
	has "$output" "$pattern"
}

# hold STEP...: a client of $who that takes the steps, up to its first `wait`; its process id in $holder_pid
hold() {
	audited=yes
	[ -z "${holder_says-}" ] || exec {holder_says}<&- {holder_hears}>&-
	coproc holder { exec ./client name "$comm" , as "${users[$who]}" , open "$chip" , "$@"; }
	holder_pid=$holder_PID
	# Descriptors of our own: bash closes a coprocess's when it ends, and what it said would be lost.
	exec {holder_says}<&"${holder[0]}" {holder_hears}>&"${holder[1]}"
	answers wait >/dev/null || wrong "the lines cannot be held"
}

# answers STEP: what the holder says of this step, next
answers() {
	local said
	while read -r -t 120 said <&"$holder_says"; do
		if [[ $said = "$1: "* ]]; then
			echo "${said#*: }"
			return
		fi
	done
	return 1
}

# The holder, waiting, goes on. In a shell of its own, since to write to who is gone ends one.
go_on() {
	(echo >&"$holder_hears") || wrong "the holder has ended before its time"
}

# has TEXT PATTERN: the text has a match of the extended regular expression
has() {
	[[ $1 =~ $2 ]] || wrong "nothing like \"$2\" in \"$1\""
}

# soon COMMAND...: waits until it is true; the time is a bound for what hangs
soon() {
	local end=$((SECONDS + 120))
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.05
	done
}

# Every audit record of a test bears its number as the program's name: NN.number
check_audit() {
	local comm record n
	local found=()
	[ $audited = yes ] || return 0
	while IFS=$'\t' read -r comm record; do
		n=${comm#*.}
		found[n]+="${found[n]:+, }$record"
	done < <(gpio-acl audit --since-boot --json | grep -F "\"comm\":\"${script%%-*}." | python3 records.py)
	for n in "${!names[@]}"; do
		[ "${records[n]}" = "${found[n]-}" ] ||
			problems[n]+="${problems[n]:+; }audit: wanted \"${records[n]}\", found \"${found[n]-}\""
	done
}

# The last statement of every script: prints its tests, or keeps what is known for the second phase.
finish() {
	local n before
	: >"$state/$script.$phase"
	if ! loaded; then
		for n in "${!names[@]}"; do
			printf '%s' "${problems[n]}" >"$state/$script.$n"
		done
		return
	fi
	check_audit
	for n in "${!names[@]}"; do
		before=$(<"$state/$script.$n") || before='not run'
		if [ -z "$before${problems[n]}" ]; then
			echo "ok $script $n ${names[n]}"
		else
			echo "not ok $script $n ${names[n]}:${before:+ WITHOUT A POLICY: $before;} ${problems[n]}"
		fi
	done
	[ "$number" = "$planned" ] || echo "not ok $script: $planned tests are planned, $number were run"
}
