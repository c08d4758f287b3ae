# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# What the guests that are PCs (amd64) have in common; their definitions source it.

arch=amd64
triplet=x86_64-linux-gnu
modules+=" i2c-stub 9p 9pnet_virtio gpio_keys evdev"

qemu=(qemu-system-x86_64 -nodefaults -nographic -m 2G -cpu max)
# The UARTs: the kernel's console, then where a command's output and errors go. A shell has the second one.
console=ttyS0
out=ttyS1
err=ttyS2
# QEMU's options for the stream STREAM (console, out, err) on the character device of that name.
uart() {
	case $1 in
	err) echo "-device pci-serial,chardev=$1" ;;
	*) echo "-serial chardev:$1" ;;
	esac
}
