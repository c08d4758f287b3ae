#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs in the guest: guest.sh SCRIPT... runs each of them without a policy, then with one (lib.sh). A script that
# does not come to its `finish` has failed.
cd "$(dirname "$0")" || exit 1

# Most of a small program's time is its linking, on an emulated processor: those that tests run most are static here.
quick=/run/quick
mkdir -p $quick
for tool in basename cat cut dirname grep head mkdir mv rm rmdir sed seq sleep tail tr wc; do
	ln -s "$(find /opt/busybox -type f -name busybox)" "$quick/$tool"
done
PATH=$quick:$PATH

run_all() {
	local script start
	export phase=$1
	shift
	for script in "$@"; do
		start=$SECONDS
		bash "./$script"
		echo "# $script, $phase: $((SECONDS - start)) s"
		[ -e "/run/system/${script%.sh}.$phase" ] || echo "not ok ${script%.sh}: ended early, phase $phase"
	done
}

run_all open "$@"
run_all loaded "$@"
