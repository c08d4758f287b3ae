#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# doctor finds other ways to the lines: other nodes of a device, brokers, set-user-ID programs. Each test first shows
# that the way works: alice, who has no right on line 5, moves it, or reads what she may not.
# shellcheck source-path=SCRIPTDIR source=lib.sh source=doctor.sh
. "${0%/*}/lib.sh"
. ./doctor.sh
plan 13

as_alice=(setpriv --reuid 1000 --regid 1000 --clear-groups)
as_bob=(setpriv --reuid 1001 --regid 1001 --clear-groups)
load_policy <<END
chip a $main_is
allow user alice input  on a 1
allow user bob   output on a 5
END
refused "alice may not drive line 5" "line request: policy 5:output" request lines=5 flags=output

# ---- nodes

slot=snap/gpio-chardev/device/slot
numbers=$(stat -c '%Hr %Lr' "/dev/$main")
mkdir -p "/dev/${slot%/*}"
# shellcheck disable=SC2086 # two numbers
mknod -m 666 "/dev/$slot" c $numbers
mode=$(stat -c %a "/dev/$main")
chmod 600 "/dev/$main"
chip=$slot allowed "another node of the chip: what the policy allows" request lines=1 flags=input
chip=$slot refused "another node of the chip: what it does not" "line request: policy 5:output" request lines=5 flags=output
next "another node of the chip is told, and is no way around"
if loaded; then
	doctor
	is "status" 0 "$status"
	told ok node "/dev/$main can be opened by root alone"
	told ok node "/dev/$slot, another node of /dev/$main, where requests are checked too, can be opened by everyone"
fi
chmod "$mode" "/dev/$main"
rm -r /dev/snap

loaded && mkdir -p /dev/other && mknod -m 666 /dev/other/mem c 1 1
finds "another node of /dev/mem" problem mem \
	"/dev/other/mem leads to all registers \(it is a node of the same device as /dev/mem\) .* open to everyone" "rm /dev/other/mem"
rm -rf /dev/other

# ---- brokers

# start_broker NAME: a program of bob's of that name, which asks for line 5 in place of whoever connects
start_broker() {
	mkdir -p "$state/brokers"
	cat >"$state/brokers/$1" <<-'END'
		#!/usr/bin/python3
		import socket, subprocess, sys
		server = socket.create_server(("127.0.0.1", 8889))
		open(sys.argv[1], "w").close()
		while True:
		    client = server.accept()[0]
		    client.recv(1)
		    subprocess.run(sys.argv[2:], stdout=client, stderr=client)
		    client.close()
	END
	chmod 755 "$state" "$state/brokers" "$state/brokers/$1"
	install -d -m 777 "$state/ready"
	rm -f "$state/ready/$1"
	"${as_bob[@]}" "$state/brokers/$1" "$state/ready/$1" ./client open "$main" , request lines=5 flags=output &
	broker=$!
	soon test -e "$state/ready/$1" || wrong "$1 does not start"
}

stop_broker() {
	kill "$broker"
	wait "$broker" 2>/dev/null
}

next "a broker is a way around"
if loaded; then
	start_broker rgpiod
	output=$("${as_alice[@]}" python3 -c 'import socket
broker = socket.create_connection(("127.0.0.1", 8889))
broker.send(b"1")
print(broker.makefile().read())' 2>&1)
	has "$output" "request: done"
fi
finds "rgpiod" problem broker \
	"TCP port 8889 leads to the lines of rgpiod \(process ${broker-}, of user bob\) .* open to everyone" "disable --now rgpiod"
loaded && stop_broker
finds_nothing() {
	next "$1"
	loaded || return 0
	doctor
	is "status" 0 "$status"
}
loaded && start_broker jupyter
finds_nothing "another program on its port is none"
if loaded; then
	stop_broker
	start_broker gpio-manager
fi
finds "gpio-manager" warning broker "the D-Bus name io.gpiod1 leads to the lines of gpio-manager \(process ${broker-}, of user bob\)" \
	"disable --now gpio-manager"
loaded && stop_broker
loaded && mkfifo -m 622 /dev/pigpio
finds "pigpiod's FIFO" problem broker "/dev/pigpio leads to the lines of pigpiod, .* open to everyone" "disable --now pigpiod"
rm -f /dev/pigpio

# ---- set-user-ID programs

mkdir -p /usr/local/bin
loaded && install -o 1001 -m 4755 "$(command -v gpioset)" /usr/local/bin/blink
finds "a set-user-ID program" warning setuid \
	"/usr/local/bin/blink leads to the lines of user bob \(set-user-ID; it uses libgpiod\) .* open to everyone" \
	"chmod u-s /usr/local/bin/blink"
next "is a way around, and the remedy ends it"
if loaded; then
	by_alice=("${as_alice[@]}" timeout 20 /usr/local/bin/blink)
	if has_feature tools1; then
		by_alice+=("$main" "5=1")
	else
		by_alice+=(-t0 -c "$main" "5=1")
	fi
	"${by_alice[@]}" >"$state/out" 2>&1 || wrong "before: $(<"$state/out")"
	chmod u-s /usr/local/bin/blink
	"${by_alice[@]}" >"$state/out" 2>&1 && wrong "after: she can"
fi
finds_nothing "after all of it nothing is wrong"
rm -f /usr/local/bin/blink

finish
