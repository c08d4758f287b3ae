#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2119 # functions of lib.sh
# What each command says of itself and of wrong usage, and what some answer to programs.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan 35

load_policy <<-END
	chip a $main_is
	allow user alice input edges on a 1-2 as "alice watches"
	deny  user bob   all         on a 1
	allow group operators input  on a 1
END

for command in load unload status check show explain audit pardon map resolve watch doctor; do
	prints "$command --help" 0 "^Usage: gpio-acl $command" gpio-acl "$command" --help
	prints "$command: no such option" 2 "error: $command: unknown option '--nonsense'" gpio-acl "$command" --nonsense
done
prints "--help" 0 "^Usage: gpio-acl" gpio-acl --help
prints "--version" 0 "^gpio-acl [0-9]+\.[0-9]+" gpio-acl --version
prints "no command" 2 "missing command" gpio-acl
prints "an answer that cannot be written" 1 "cannot write to standard output" bash -c "gpio-acl show $policy >/dev/full"

# ---- check

# Of a chip by its label: a board may have to know its own by a name that is warned about.
loaded && sed '1s/.*/chip a label "elsewhere"/' "$policy" >"$state/good.conf"
prints "check: nothing to find" 0 "good\.conf: 3 rules, no aggregates, 1 chip: no errors, no warnings" \
	gpio-acl check "$state/good.conf"
echo "allow user alice" >"$state/bad.conf"
prints "check: an error" 1 "bad\.conf:1:[0-9]+: error: .*1 error" gpio-acl check "$state/bad.conf"
next "check: what is in force stays"
if loaded; then
	has "$(gpio-acl status)" "holds +3 rules"
	rm "$state"/{good,bad}.conf
fi

# ---- explain, for programs

# explained KEY... VALUE: of $output
explained() {
	is "${*:1:$#-1}" "${!#}" "$(json "${@:1:$#-1}" <<<"$output")"
}
next "explain --json: allowed"
if loaded; then
	output=$(gpio-acl explain --json alice a 1 edges) || wrong "status $?"
	explained allowed true
	explained because rules
	explained uid 1000
	explained chip "$main"
	explained offset 1
	explained asked '["input", "edges"]'
	explained lacks '[]'
	explained rules 0 line 2
fi
next "explain --json: denied"
if loaded; then
	output=$(gpio-acl explain --json bob a 1 input)
	is "status" 1 "$?"
	explained allowed false
	explained lacks '["input"]'
	explained rules 0 line 3
fi
next "explain --json: by a group"
loaded && output=$(gpio-acl explain --json carol a 1 input) && explained rules 0 line 4
next "explain: a line that cannot be"
if loaded; then
	output=$(gpio-acl explain alice a 100000 input 2>&1)
	is "status" 1 "$?"
	has "$output" "100000"
fi

finish
