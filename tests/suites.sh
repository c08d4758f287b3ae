# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What tests/check, tests/run and tests/soak share: suites that run two at a time and are counted. Each prints lines of
# TAP, "ok ..." and "not ok ..."; one that ends badly, or without having tested anything, is a failure of its own.

logs=build/test/log
passed=0
failed=0
names=()
most=$(nproc) # suites at a time
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 CMOCKA_MESSAGE_OUTPUT=TAP
mkdir -p "$logs"

# log_of NAME
log_of() {
	echo "$logs/${1//\//-}"
}

# perform NAME COMMAND...: a suite, into its log
perform() {
	local name=$1 log start=$SECONDS status
	log=$(log_of "$1")
	shift
	"$@" >"$log" 2>&1
	status=$?
	if ! grep -q '^not ok ' "$log" && { ((status)) || ! grep -Eq '^(ok |# not here: )' "$log"; }; then
		echo "not ok $name: ended with status $status after $(grep -c '^ok ' "$log") passed (all of it: $log)" >>"$log"
	fi
	echo "# took $((SECONDS - start)) s" >>"$log"
}

# suite NAME COMMAND...: performed beside others
suite() {
	names+=("$1")
	(($(jobs -pr | wc -l) < most)) || wait -n
	perform "$@" &
}

# suite_alone NAME COMMAND...: with nothing beside it
suite_alone() {
	names+=("$1")
	wait
	perform "$@"
}

# report NAME: of a suite that was performed; counts its lines
report() {
	local log ok not_ok
	log=$(log_of "$1")
	ok=$(grep -c '^ok ' "$log")
	not_ok=$(grep -c '^not ok ' "$log")
	((!not_ok)) || grep -v '^ok ' "$log" | tail -n 200
	printf '%-40s %4d passed %4d failed %4d s\n' "$1" "$ok" "$not_ok" "$(sed -n '$s/^# took \(.*\) s$/\1/p' "$log")"
	passed=$((passed + ok))
	failed=$((failed + not_ok))
}

# Waits for the suites that were begun, and reports them in the order in which they were.
report_all() {
	local name
	wait
	for name in "${names[@]}"; do
		report "$name"
	done
	names=()
}

# The last line; what it returns is the whole's status.
summary() {
	echo
	echo "$passed passed, $failed failed"
	((failed == 0))
}
