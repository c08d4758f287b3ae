# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Of lines 0 and 3 of the first chip, those that can be read, from the moment on at which udev's rules let this user open
# the chip
until [ -w /dev/gpiochip0 ]; do
	sleep 0.05
done
for line in 0 3; do
	! gpioget -c gpiochip0 $line >/dev/null || echo "$line: read"
done
