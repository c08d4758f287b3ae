#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# Bad input of every kind: a clear error, exit 1, and the loaded policy stays: its generation, its text, what it allows
# and refuses.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan 53
! has_feature names || plan 55

load_policy <<END
chip a $main_is
allow user alice input on a 1
END

folder=$state/bad
bad=$folder/policy.conf
rm -rf "$folder"
mkdir -m 755 "$folder"
loaded && before=$(gpio-acl show --loaded && gpio-acl status --json | sed 's/.*\("generation":[0-9]*\).*/\1/')

# load_fails NAME PATTERN...: $bad does not load; the message has each pattern, nothing else has changed. With by=check it
# is what `check` says, of names that mean nothing today: `load` takes those (63-open-names.sh).
load_fails() {
	local after
	next "$1"
	shift
	loaded || return 0
	output=$(gpio-acl "${by-load}" "${loads-$bad}" 2>&1 >"$state/out")
	is "exit status of ${by-load}" 1 "$?"
	[ "${by-}" ] || [ ! -s "$state/out" ] || wrong "load prints \"$(<"$state/out")\""
	while [ $# -gt 0 ]; do
		has "$output" "$1"
		shift
	done
	after=$(gpio-acl show --loaded && gpio-acl status --json | sed 's/.*\("generation":[0-9]*\).*/\1/')
	is "what is in force" "$before" "$after"
}

# text NAME PATTERN: the same for a policy on standard input
text() {
	cat >"$bad"
	load_fails "$@"
}

# line NAME PATTERN STATEMENT: the same for a policy that is right but for one statement
line() {
	printf 'chip a %s\nallow everyone all on a 0-6\n%s\n' "$main_is" "$3" >"$bad"
	load_fails "$1" "$2" 'policy\.conf:3:[0-9]+: error: '
}

# still NAME: enforcement is that of before
still() {
	allowed "$1, still allowed" request lines=1 flags=input
	refused "$1, still refused" "line request: policy 2:input" request lines=2 flags=input
}

still "before"

# ---- files

good() {
	printf 'chip a %s\nallow everyone all on a 0-6\n' "$main_is"
}
good >"$bad"
chmod 664 "$bad"
load_fails "a file its group may write" "policy\.conf may be written by" "chmod"
chmod 646 "$bad"
load_fails "a file others may write" "policy\.conf may be written by" "chmod"
chmod 644 "$bad"
chown 1000 "$bad"
load_fails "a file that belongs to a user" "belongs to user 1000"
chown 0 "$bad"
chmod 775 "$folder"
load_fails "a folder its group may write" "bad may be written by"
chmod 757 "$folder"
load_fails "a folder others may write" "bad may be written by"
chmod 755 "$folder"
loads=$folder/none.conf load_fails "a file that is not there" "cannot open .*/none\.conf: No such file" "write it"
loads='' load_fails "a file without a name" "file name is empty" "standard input"
loads=$folder load_fails "a folder for a file" "is not a regular file"
mkfifo "$folder/fifo"
loads=$folder/fifo load_fails "a FIFO" "is not a regular file"
still "bad files"

# ---- includes

echo 'include "other.conf"' >"$bad"
echo 'include "policy.conf"' >"$folder/other.conf"
load_fails "an include cycle" "other\.conf:1:[0-9]+: error: "
echo 'include "policy.conf"' >"$bad"
load_fails "a file that includes itself" "policy\.conf:1:[0-9]+: error: "
echo 'include "missing.conf"' >"$bad"
load_fails "an included file that is not there" "missing\.conf"
printf "include \"other.conf\"\n" >"$bad"
good >"$folder/other.conf"
chmod 666 "$folder/other.conf"
load_fails "an included file others may write" "other\.conf may be written by"
chmod 644 "$folder/other.conf"
printf 'chip a %s\nallow nonsense\n' "$main_is" >"$folder/other.conf"
load_fails "an error in an included file" "other\.conf:2:7: error: "

# ---- names

line "an undefined chip" "nochip" 'allow user alice input on nochip 1'
line "an undefined aggregate" "nothing" 'allow user alice input on nothing[0]'
line "a chip defined twice" "a" "chip a $main_is"
line "an aggregate called as a chip" "a" 'aggregate a = a 1'
by=check line "an unknown user" "nobodyatall" 'allow user nobodyatall input on a 1'
by=check line "an unknown group" "nogroupatall" 'allow group nogroupatall input on a 1'
! has_feature names || by=check line "an unknown line name" "has no line \"RELY0\".*RELAY0" 'allow user alice input on a "RELY0"'
line "an unknown right" "drive" 'allow user alice drive on a 1'
line "an unknown keyword" "permit" 'permit user alice input on a 1'
line "an unknown setting" "speed" 'set speed fast'
line "a line twice in an aggregate" "twice" 'aggregate twice = a 1 2 1'
still "bad names"

# ---- ambiguous names: a name at two offsets of a chip
ambiguous_names() {
	local bank=/sys/kernel/config/gpio-sim/names/bank line
	next "ambiguous line names"
	mkdir -p "$bank"/line{0,1}
	for line in 0 1; do
		echo TWIN >"$bank/line$line/name"
	done
	plug names lab-names 4
	if loaded; then
		printf 'chip n label "lab-names"\nallow everyone input on n "TWIN"\n' >"$bad"
		output=$(gpio-acl check "$bad" 2>&1) && wrong "check finds nothing"
		has "$output" "several lines named \"TWIN\"" "0.*1"
	fi
	echo 0 >"${bank%/*}/live"
	rmdir "$bank"/line{0,1} "$bank" "${bank%/*}"
}
! has_feature names || ambiguous_names

# ---- numbers

by=check line "an offset beyond the chip" "$lines" "allow user alice input on a $lines"
by=check line "a range beyond the chip" "$lines|$((lines + 10))" "allow user alice input on a 6-$((lines + 10))"
line "offset 70000" "70000" 'allow user alice input on a 70000'
line "offset 18446744073709551616" "18446744073709551616" 'allow user alice input on a 18446744073709551616'
line "a range backwards" "5-2" 'allow user alice input on a 5-2'
line "uid 4294967295" "4294967295" 'allow user 4294967295 input on a 1'
line "uid 4294967296" "4294967296" 'allow user 4294967296 input on a 1'
line "a negative offset" "-1" 'allow user alice input on a -1'
text "a position an aggregate has not" "policy\.conf:3:[0-9]+: error: aggregate two has no position 2" <<'END'
chip a label "lab-a"
aggregate two = a 1 2
allow user alice input on two[2]
END

# ---- bytes

printf 'chip a label "lab-a"\0\n' >"$bad"
load_fails "a NUL byte" "policy\.conf:1:[0-9]+: error: NUL byte"
printf 'chip a label "lab-a"\r\nallow everyone all on a 0\r\n' >"$bad"
load_fails "Windows line ends" "policy\.conf:1:[0-9]+: error: Windows line endings"
printf '\xef\xbb\xbfchip a label "lab-a"\nallow everyone all on a 0\n' >"$bad"
load_fails "a byte order mark" "policy\.conf:1:1: error: byte order mark" "sed -i '1s/"
printf 'chip a label "lab-\xff"\n' >"$bad"
load_fails "invalid UTF-8" "policy\.conf:1:[0-9]+: error: .*not valid UTF-8"
printf '# \xc0\xaf\n' >"$bad"
load_fails "overlong UTF-8 in a comment" "policy\.conf:1:[0-9]+: error: .*not valid UTF-8"
printf 'chip a label "lab-a"\nallow everyone all on a 0' >"$bad"
load_fails "no final newline" "policy\.conf:2:[0-9]+: error: "
{
	head -c 1048576 /dev/zero | tr '\0' '#'
	echo
} >"$bad"
load_fails "a line of 1 MiB" "policy\.conf:1:[0-9]+: error: line too long: 1048576 bytes"
printf 'chip a label "lab-a\033[2J"\n' >"$bad"
load_fails "a control character" "policy\.conf:1:[0-9]+: error: "
[[ ${output-} != *$'\033'* ]] || wrong "the control character is printed"
printf 'chip a label "lab-a\n' >"$bad"
load_fails "a string that does not end" "policy\.conf:1:[0-9]+: error: "
{
	printf 'chip a label "'
	head -c 200 /dev/zero | tr '\0' 'x'
	echo '"'
} >"$bad"
load_fails "a label of 200 bytes" "policy\.conf:1:[0-9]+: error: "
{
	printf '\xff' # or the first line may be an empty one, or a comment
	head -c 65536 /dev/urandom
} >"$bad"
load_fails "random bytes" "policy\.conf:1:[0-9]+: error: "

# ---- all errors at once

by=check text "all errors of a file" "policy\.conf:1:[0-9]+: error: " "policy\.conf:3:[0-9]+: error: " \
	"policy\.conf:5:[0-9]+: error: " <<'END'
permit
chip a label "lab-a"
allow user nobodyatall input on a 1
allow user alice input on a 2
allow user alice input on a 70000
END
still "after all of it"

rm -rf "$folder"
finish
