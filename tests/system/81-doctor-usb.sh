#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# doctor finds the hidraw node of a USB adapter: through it the adapter's lines can be moved without a GPIO ioctl.
# shellcheck source-path=SCRIPTDIR source=lib.sh source=doctor.sh
. "${0%/*}/lib.sh"
. ./doctor.sh
needs cp2112
plan 4

# is_plugged: its device in $device
is_plugged() {
	for device in /sys/bus/hid/devices/*; do
		[[ $(<"$device/uevent") != *HID_UNIQ=adapter* ]] || ! compgen -G "$device/gpiochip*" >/dev/null || return 0
	done 2>/dev/null
	return 1
}

adapter=$state/adapter
as_alice=(setpriv --reuid 1000 --regid 1000 --clear-groups)
load_policy <<END
chip a $main_is
allow user bob input on a 0
END
if loaded; then
	modprobe -a uhid hid-cp2112
	mkdir -p "$adapter"
	cp2112 adapter "$adapter" </dev/null >"$state/out" 2>&1 &
	plugged=$!
	soon is_plugged || echo "# no adapter: $(<"$state/out")"
	udevadm settle
	node=$(cd "$device/hidraw" && echo hidraw*)
	chip=$(cd "$device" && echo gpiochip*)
	cat >"$state/drive.py" <<-'END'
		import fcntl, os, sys
		node = os.open(sys.argv[1], os.O_RDWR)
		for report in bytes([2, 0xff, 0, 0, 0]), bytes([4, 0x01, 0x01]):  # all are outputs, line 0 is 1
		    fcntl.ioctl(node, 0xC0004806 | len(report) << 16, report)  # HIDIOCSFEATURE
	END
fi

next "root's"
if loaded; then
	doctor
	is "status" 0 "$status"
	told ok hidraw "/dev/$node, which leads to $chip, is root's"
	"${as_alice[@]}" python3 "$state/drive.py" "/dev/$node" 2>/dev/null && wrong "alice can open it"
	chmod 606 "/dev/$node"
fi
finds "open to everyone" problem hidraw \
	"/dev/${node-} leads to $chip around the policy, and is open to everyone" 'SUBSYSTEM=="hidraw"'
next "it is a way, indeed: alice drives a line, whatever the policy says"
if loaded; then
	is "before" 0 "$(<"$adapter/0/value")"
	"${as_alice[@]}" python3 "$state/drive.py" "/dev/$node" >"$state/out" 2>&1 || wrong "$(<"$state/out")"
	is "after" 1 "$(<"$adapter/0/value")"
	kill "$plugged"
	wait "$plugged" 2>/dev/null
fi
next "gone"
if loaded; then
	doctor
	is "status" 0 "$status"
	[[ $output != *"/dev/$node,"* ]] || wrong "it is told: $output"
fi

finish
