# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# What the tests of doctor share. Sourced after lib.sh.

# doctor: what it says in $output, its status in $status
doctor() {
	output=$(gpio-acl doctor 2>&1)
	status=$?
}

# told STATE CHECK PATTERN [REMEDY]: there is such a finding
told() {
	grep -Eq -e "^$1 +$2 +.*$3" <<<"$output" || wrong "no \"$1 $2 $3\" in: $output"
	[ -z "${4-}" ] || grep -Eq -e "^ +remedy: .*$4" <<<"$output" || wrong "no remedy \"$4\" in: $output"
}

# finds NAME STATE CHECK PATTERN REMEDY: what was planted, and nothing else
finds() {
	next "$1"
	loaded || return 0
	doctor
	is "status" 1 "$status"
	told "${@:2}"
	is "findings" 1 "$(grep -Ec '^(warning|problem) ' <<<"$output")"
}
