# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# How tests/run performs suites: several at a time, each into a log of its own. A suite prints lines of TAP, "ok ..." and
# "not ok ..."; one that ends badly, or without having tested anything, is a failure of its own.

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

# counted NAME WORD: how many lines of the suite's log begin with it
counted() {
	grep -c "^$2 " "$(log_of "$1")"
}

# perform NAME COMMAND...: a suite, into its log; tells of it when it has ended
perform() {
	local name=$1 log start=$SECONDS status
	log=$(log_of "$1")
	shift
	"$@" >"$log" 2>&1
	status=$?
	if ! grep -q '^not ok ' "$log" && { ((status)) || ! grep -Eq '^(ok |# not here: )' "$log"; }; then
		echo "not ok $name: ended with status $status after $(counted "$name" ok) passed (all of it: $log)" >>"$log"
	fi
	printf '%-40s %4d passed %4d failed %4d s\n' "$name" "$(counted "$name" ok)" "$(counted "$name" 'not ok')" \
		$((SECONDS - start))
}

# suite NAME COMMAND...: performed beside others
suite() {
	names+=("$1")
	while (($(jobs -pr | wc -l) >= most)); do
		wait -n
	done
	perform "$@" &
}

# Waits for the suites that were begun, counts their lines, and shows what the failed ones said.
report_all() {
	local name not_ok
	wait
	for name in "${names[@]}"; do
		not_ok=$(counted "$name" 'not ok')
		passed=$((passed + $(counted "$name" ok)))
		failed=$((failed + not_ok))
		((!not_ok)) || { printf '\n%s:\n' "$name" && grep -v '^ok ' "$(log_of "$name")" | tail -n 200; }
	done
	names=()
}

# The last line; what it returns is the whole's status.
summary() {
	echo
	echo "$passed passed, $failed failed"
	((failed == 0))
}
