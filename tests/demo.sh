#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The demonstration: a short session on an emulated machine, each step told, typed and shown.
# It checks itself: when the machine does not do what the words say, it says so and exits with 1.
set -u

policy=/etc/gpio-acl/policy.conf
lines=$(echo /sys/devices/platform/gpio-sim.*/gpiochip0)
wrong=0

bold='' normal=''
[ -t 1 ] && bold=$'\e[1m' normal=$'\e[0m'

say() { printf '\n%s# %s%s\n' "$bold" "$*" "$normal"; }

# run [USER] COMMAND: shows the command, runs it, shows its output and a status other than 0
run() {
	local user=root prompt='#' status
	case $1 in alice | bob | carol) user=$1 prompt='$'; shift ;; esac
	printf '%s%s %s\n' "$user" "$prompt" "$1"
	if [ "$user" = root ]; then bash -c "$1" 2>&1; else su "$user" -c "$1" 2>&1; fi
	status=$?
	[ "$status" = 0 ] || echo "(exit status $status)"
	return "$status"
}

# expect WHAT COMMAND...: the demonstration's own check
expect() {
	local what=$1
	shift
	"$@" || { echo "THE DEMONSTRATION FAILED: $what"; wrong=1; }
}

value() { cat "$lines/sim_gpio$1/value"; }
# Called by expect:
# shellcheck disable=SC2317
is() { [ "$(value "$1")" = "$2" ]; }
# shellcheck disable=SC2317
not() { ! "$@"; }

# shows the hardware's side, then ends the gpioset that holds the line
show_line() {
	echo "  (the simulated line $1 is now $(value "$1"))"
	pkill -x gpioset
}

say "A board with two GPIO chips. Whoever may open a chip may drive all of its lines:"
run alice 'gpiodetect; ls -l /dev/gpiochip0'
run alice 'gpioset -z -c gpiochip0 9=1'
expect "without a policy alice drives any line" is 9 1
show_line 9

say "A policy, and the one command that puts it in force:"
mkdir -p "${policy%/*}"
install -m 644 /lab/example.conf "$policy"
run "grep -v '^#' $policy | grep ."
expect "the policy loads" run 'gpio-acl load'

say "alice drives what she may, with the gpiod tools as they are:"
expect "alice drives relay 0" run alice 'gpioset -z -c gpiochip0 0=1'
expect "the line is driven" is 0 1
show_line 0

say "She is refused what she may not drive, and the line does not move:"
expect "alice is refused line 10" not run alice 'gpioset -t0 -c gpiochip0 10=1'
expect "line 10 is not driven" is 10 0
show_line 10
say "All or nothing: line 1 is hers, relay 3 is denied to everyone, so neither moves:"
expect "alice is refused 1 and 3 together" not run alice 'gpioset -t0 -c gpiochip0 1=1 3=1'
expect "line 1 is not driven" is 1 0

say "bob reads the relays, and cannot drive them:"
expect "bob reads" run bob 'gpioget -c gpiochip0 0'
expect "bob is refused" not run bob 'gpioset -t0 -c gpiochip0 0=1'
expect "line 0 is not driven" is 0 0

say "carol is one of the operators, who watch the sensors for edges:"
(sleep 1; echo pull-up >"$lines/sim_gpio8/pull") &
expect "carol sees an edge" run carol 'timeout 5 gpiomon -n1 -c gpiochip0 8'
expect "carol is refused relay 0" not run carol 'timeout 5 gpiomon -n1 -c gpiochip0 0'
wait

say "A reload takes a right away from a program that is running and holds the line:"
echo 'alice$ gpioset -t 300ms -c gpiochip0 1=1     # blinks line 1, until it is stopped'
su alice -c 'gpioset -t 300ms -c gpiochip0 1=1' >/tmp/blink 2>&1 &
sleep 1.5
run "sed -i '/alice/s/on relays/on relays[2-3]/' $policy"
expect "the reload works" run 'gpio-acl load'
sleep 1
pkill -x gpioset
wait
echo "alice: $(head -n 1 /tmp/blink)"
expect "the running program was refused" grep -q 'not permitted' /tmp/blink

say "The published maps: an aggregate's lines, wherever they are on this machine, for any program:"
run bob 'gpio-acl map leds'
run bob "gpio-acl resolve 'leds[0,1]=1,1'"
expect "resolve feeds gpioset" run bob "gpioset -z \$(gpio-acl resolve 'leds[0,1]=1,1')"
expect "led 0 is on" is 4 1
show_line 4

say "Why? explain answers with the rule, audit with every refusal that was:"
run 'gpio-acl explain bob relays 0 output'
expect "the audit can be read" run 'gpio-acl audit --since-boot'

say "And what is in force, what it decided so far:"
expect "status says enforcing" run 'gpio-acl status'

exit "$wrong"
