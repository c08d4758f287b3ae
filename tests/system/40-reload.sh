#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# Reloads between two policies, by the command and without it, while four clients request lines: every decision is that
# of one of the two. The first policy allows lines 1 and 2, the second 1 and 3.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan 8
reloads=$(rounds 40 30)
swaps=$(rounds 1000 10)

generation() {
	gpio-acl status --json | sed 's/.*"generation":\([0-9]*\).*/\1/'
}

first() {
	echo "chip a $main_is"
	echo 'allow user alice input on a 1-2'
}
second() {
	echo "chip a $main_is"
	echo 'allow user alice input on a 1 3'
}

if loaded; then
	first >"$state/first.conf"
	second >"$state/second.conf"
	load_policy < <(first)
	start=$(generation)
	rm -f "$state/end"
	for i in 1 2 3 4; do
		program=./client
		[ $i != 4 ] || program=$other
		nice -n 19 "$program" name 40.storm , as 1000 , open "$main" , storm "$state/end" >"$state/storm.$i" 2>&1 &
	done
	failures=0
	for ((i = 0; i < reloads; i++)); do
		file=$state/second.conf
		((i % 2)) && file=$state/first.conf
		gpio-acl load "$file" >"$state/out" 2>&1 || {
			failures=$((failures + 1))
			echo "# load: $(<"$state/out")"
		}
		((i % 100 != 99)) || echo "# $((i + 1)) reloads"
	done
	./reload "$state/first.conf" "$state/second.conf" "$swaps" >"$state/out" 2>&1 || {
		failures=$((failures + 1))
		echo "# reload: $(<"$state/out")"
	}
	touch "$state/end"
	wait
	end=$(generation)
	echo "# $reloads loads, $swaps swaps; requests allowed/refused by set of lines, for each client:"
	sed 's/^/# /' "$state"/storm.[1-4]
fi

# counts SET: how many requests of this set of lines (bit n is line n) were allowed and refused, together
counts() {
	sed -n "s|.* $1=\([0-9]*\)/\([0-9]*\).*|\1 \2|p" "$state"/storm.[1-4] |
		awk '{ a += $1; r += $2 } END { printf "allowed=%d refused=%d\n", a, r }'
}

# judged NAME SET CONDITION: of $allowed and $refused
judged() {
	local allowed=0 refused=0
	next "$1"
	loaded || return 0
	eval "$(counts "$2")"
	((allowed + refused > reloads / 10)) || wrong "only $((allowed + refused)) requests were made"
	(($3)) || wrong "not \"$3\": $allowed allowed, $refused refused"
}

next "every reload works, and each is a generation"
if loaded; then
	is "failures" 0 "$failures"
	is "generations" $((reloads + swaps)) $((end - start))
	is "clients that ended well" 4 "$(grep -l 'storm: done' "$state"/storm.[1-4] | wc -l)"
fi
judged "line 1, allowed by both, is never refused" 0x2 'refused == 0'
judged "line 2 is allowed by one" 0x4 'allowed && refused'
judged "line 3 is allowed by the other" 0x8 'allowed && refused'
judged "lines 2 and 3, allowed by neither, are never allowed" 0xc 'allowed == 0'
judged "line 4 is never allowed: no decision without a policy" 0x10 'allowed == 0'
judged "lines 1 and 4 are never allowed" 0x12 'allowed == 0'

# Every record that the ring still had room for is of one of the two policies.
next "the audit's records are of one of the two policies"
if loaded; then
	gpio-acl audit --since-boot --json 2>/dev/null | python3 storm.py >"$state/out" || wrong "$(<"$state/out")"
	echo "# $(tail -n 1 "$state/out")"
fi

finish
