# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# A guest's initramfs: the unpacked packages, what their maintainer scripts would have made, the modules the
# guest names, its devices, and the lab's own init. Made once; what differs from run to run is a second archive after it.

# Modules to have, with what they depend on; all of drivers/gpio comes by itself. A guest's definition adds to them.
modules="configfs fuse uhid hid-cp2112 i2c-dev loop leds-gpio"

# archive FOLDER [START [UID]]: an initramfs of what is in it (or from START down), all owned by root (or UID), on
# standard output. Not compressed: unpacking under emulation costs more than loading.
archive() {
	(cd "$1" && find "${2-.}" -print0 | sort -z | cpio -0 -o -H newc -R "${3-0}:${3-0}" --quiet)
}

# The lab's users, beside those that a Debian has.
accounts() {
	local etc=$dir/root/etc
	[ -n "${whole-}" ] || accounts_of_few
	cp "$dir"/accounts/{passwd,group,shadow} "$etc/"
	cat >"$dir/users" <<-'END'
		alice:x:1000:1000::/home/alice:/bin/bash
		bob:x:1001:1001::/home/bob:/bin/bash
		carol:x:1002:1002::/home/carol:/bin/bash
	END
	cat "$dir/users" >>"$etc/passwd"
	cat >>"$etc/group" <<-'END'
		alice:x:1000:
		bob:x:1001:
		carol:x:1002:
		operators:x:2000:carol
	END
	sed 's/:.*/:*:20000:0:99999:7:::/' "$dir/users" >>"$etc/shadow"
}

accounts_of_few() {
	mkdir -p "$dir/accounts"
	cat >"$dir/accounts/passwd" <<-'END'
		root:x:0:0:root:/root:/bin/bash
		nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
	END
	cat >"$dir/accounts/group" <<-'END'
		root:x:0:
		tty:x:5:
		nogroup:x:65534:
	END
	sed 's/:.*/:*:20000:0:99999:7:::/' "$dir/accounts/passwd" >"$dir/accounts/shadow"
}

settings() {
	local etc=$dir/root/etc
	[ -n "${whole-}" ] || settings_of_few
	printf '127.0.0.1\tlocalhost %s\n' "$guest" >"$etc/hosts"
	echo "$guest" >"$etc/hostname"
	# The lab's only rule: every chip is open to all, whenever it is plugged in.
	mkdir -p "$etc/udev/rules.d"
	echo 'SUBSYSTEM=="gpio", KERNEL=="gpiochip*", MODE="0666"' >"$etc/udev/rules.d/50-lab.rules"
}

# What maintainer scripts and systemd would have made.
settings_of_few() {
	local etc=$dir/root/etc stack
	printf '%s: files\n' passwd group shadow hosts >"$etc/nsswitch.conf"
	cat >"$etc/fstab" <<-'END'
		sysfs /sys sysfs
		devpts /dev/pts devpts gid=5,mode=620,ptmxmode=666,X-mount.mkdir
		shm /dev/shm tmpfs mode=1777,nosuid,nodev,X-mount.mkdir
		run /run tmpfs mode=755,nosuid,nodev
		tmp /tmp tmpfs mode=1777,nosuid,nodev
		securityfs /sys/kernel/security securityfs
		configfs /sys/kernel/config configfs
		debugfs /sys/kernel/debug debugfs
		tracefs /sys/kernel/tracing tracefs
		bpf /sys/fs/bpf bpf mode=700
		cgroup2 /sys/fs/cgroup cgroup2
	END
	# pam-auth-update would make these; su asks them.
	for stack in auth account password session session-noninteractive; do
		echo "${stack%-*} required pam_permit.so" >"$etc/pam.d/common-$stack"
	done
	# update-alternatives would make these.
	ln -sf mawk "$dir/root/usr/bin/awk"
	ln -sf which.debianutils "$dir/root/usr/bin/which"
}

# Process 1 of a whole Debian is systemd: the lab's units, and what they take.
processes() {
	local etc=$dir/root/etc unit
	install -m 644 "$lab/perform" "$etc/lab/perform"
	if [ -z "${whole-}" ]; then
		install -m 755 "$lab/init" "$dir/root/init"
		return
	fi
	install -m 755 "$lab/systemd/init" "$dir/root/init"
	# Without one this is a first boot to systemd, which then enables every unit there is.
	echo 6c61622d64656269616e2d6775657374 >"$etc/machine-id"
	mkdir -p "$dir/root/var/log/journal" "$dir/root/state" "$etc/systemd/system/multi-user.target.wants" \
		"$etc/systemd/system/sysinit.target.wants"
	install -m 644 "$lab"/systemd/*.{service,mount} "$etc/systemd/system/"
	ln -sf ../lab.service "$etc/systemd/system/multi-user.target.wants/"
	ln -sf ../lab-setup.service "$etc/systemd/system/sysinit.target.wants/"
	find "$etc/systemd/system" -lname /dev/null -delete # the list may have been longer
	for unit in $masked; do
		ln -sf /dev/null "$etc/systemd/system/$unit"
	done
	# Nor is there anything that units should be generated of.
	mkdir -p "$etc/systemd/system-generators"
	for unit in "$dir"/root/usr/lib/systemd/system-generators/*; do
		ln -sf /dev/null "$etc/systemd/system-generators/${unit##*/}"
	done
}

# needed_modules FOLDER NAME...: the files of these modules and of all that they depend on. depmod would unpack each of
# the kernel's thousands first, and takes ten times as long.
needed_modules() {
	local file name
	local -A file_of=() seen=()
	while read -r file; do
		name=${file##*/}
		name=${name%%.ko*}
		file_of[${name//-/_}]=$file
	done < <(find "$1/kernel" -name '*.ko*')
	shift
	while [ $# -gt 0 ]; do
		name=${1//-/_}
		shift
		file=${file_of[$name]-} # none: it is built in
		if [ -n "$file" ] && [ -z "${seen[$name]-}" ]; then
			seen[$name]=yes
			echo "$file"
			# shellcheck disable=SC2046 # words
			set -- $(modinfo -F depends "$file" | tr , ' ') "$@"
		fi
	done
}

# The wanted modules, unpressed: the guest's emulated processor would be slow at it.
modules() {
	local from=$dir/kernel release path file gpio
	release=$(basename "$from"/usr/lib/modules/*)
	path=usr/lib/modules/$release
	gpio=$(find "$from/$path/kernel/drivers/gpio" -name '*.ko*' -printf '%f\n' | sed 's/\.ko.*//')
	# shellcheck disable=SC2086 # words
	needed_modules "$from/$path" $modules $gpio | sort -u >"$dir/modules"
	while read -r file; do
		file=${file##*"/$release/"}
		mkdir -p "$dir/root/$path/${file%/*}"
		case $file in
		*.xz) xz -dc "$from/$path/$file" >"$dir/root/$path/${file%.xz}" ;;
		*) cp "$from/$path/$file" "$dir/root/$path/$file" ;;
		esac
	done <"$dir/modules"
	cp "$from/$path"/modules.builtin* "$from/$path/modules.order" "$dir/root/$path/"
	depmod -b "$dir/root" "$release"
}

# The stock kernel. A PC's is a small program that unpacks the real one; that is done here once instead of
# under emulation at each boot, and QEMU enters the unpacked one directly (PVH).
kernel_image() {
	local image sectors offset length
	image=$(find "$dir/kernel/usr/lib/modules" "$dir/kernel/boot" -name 'vmlinu[xz]*' 2>/dev/null || true)
	[ -f "$image" ] || die "guest $guest: not one kernel image in the packages of $kernel"
	if [ "$arch" != amd64 ]; then
		cp "$image" "$dir/vmlinux"
		[ -z "${dtb-}" ] || cp "$dir"/kernel/usr/lib/linux-image-*/"$dtb" "$dir/dtb"
		return
	fi
	# Documentation/arch/x86/boot.rst: setup_sects, payload_offset, payload_length (with a 4-byte trailer).
	sectors=$(od -An -tu1 -j $((0x1f1)) -N1 "$image")
	offset=$(od -An -tu4 -j $((0x248)) -N4 "$image")
	length=$(od -An -tu4 -j $((0x24c)) -N4 "$image")
	dd if="$image" of="$dir/payload" status=none bs=1M iflag=skip_bytes,count_bytes \
		skip=$(((sectors + 1) * 512 + offset)) count=$((length - 4))
	zstd -dqc "$dir/payload" >"$dir/vmlinux" 2>/dev/null || xz -dqc "$dir/payload" >"$dir/vmlinux" ||
		die "guest $guest: the kernel image is compressed neither with zstd nor xz"
	rm "$dir/payload"
}

# The emulated devices that the guest asks for: programs, built with what it takes to build any for it, and tables of
# devices that its firmware tells of.
devices() {
	local name
	rm -f "$dir/acpi.aml"
	for name in ${devices-}; do
		[ ! -f "$lab/devices/$name.asl" ] || acpi_table "$lab/devices/$name.asl"
		[ ! -f "$lab/devices/$name.c" ] || "${cross}gcc" --sysroot="$dir/sysroot" -B "$dir/sysroot/usr/lib/$triplet" \
			-L "$dir/sysroot/usr/lib/$triplet" -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror \
			"$lab/devices/$name.c" -o "$dir/root/usr/bin/$name"
	done
}

# acpi_table SOURCE
acpi_table() {
	iasl -vs -p "$dir/acpi" "$1" >"$dir/acpi.log" || {
		cat "$dir/acpi.log" >&2
		die "guest $guest: $1 cannot be compiled"
	}
}

image() {
	local root=$dir/root user uid
	accounts
	settings
	modules
	devices
	mkdir -p "$root"/{dev,proc,sys,run,tmp,root,home,lab,etc/lab}
	processes
	install -m 755 "$lab/boards/$board/setup" "$root/etc/lab/setup"
	{
		echo "has='$has ${devices-}' slowness=${slowness-1}"
		cat "$lab/boards/$board/board"
	} >"$root/etc/lab/board"
	chmod 755 "$root" "$root/lab"
	chmod 700 "$root/root"
	{
		archive "$root"
		while IFS=: read -r user _ uid _; do
			[ "$uid" -lt 1000 ] || [ "$uid" -gt 2000 ] || {
				mkdir -p "$dir/homes/home/$user"
				archive "$dir/homes" "home/$user" "$uid"
			}
		done <"$root/etc/passwd"
	} >"$dir/initramfs"
	kernel_image
}
