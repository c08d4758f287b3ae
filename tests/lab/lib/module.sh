# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2046,SC2086
# A module that the guest's kernel was built without: taken out of the kernel's source package and built in a folder
# that holds that kernel's headers, and the compiler they ask for. Nothing of it is put into the guest's image.

# The release of the guest's kernel: 7.3.4+deb13-amd64
kernel_release() {
	basename "$dir"/kernel/usr/lib/modules/*
}

# The folder $dir/kbuild: headers, compiler, make, and the source as its one packed file. Made once.
unpack_kbuild() {
	local release version names
	release=$(kernel_release)
	version=$(guest_apt apt-cache show "linux-headers-$release" | sed -n 's/^Version: //p' | head -n 1)
	names=$(closure $common_packages make "linux-headers-$release=$version" \
		"linux-source-$(cut -d. -f1,2 <<<"$release")=$version")
	unpack "$dir/kbuild" $(obtain $names) -- --exclude='./usr/share/doc/*' --exclude='./usr/share/locale/*'
	mkdir -p "$dir/kbuild"/{dev,proc,tmp}
	# debconf would not ask, maintainer scripts are not run: what update-alternatives would make.
	ln -sf mawk "$dir/kbuild/usr/bin/awk"
}

# build_module FOLDER NAME: a module of one source file in a folder of the kernel's tree (drivers/gpio
# gpio-aggregator, say); prints the module's path.
build_module() {
	local release source work=$dir/kbuild/tmp/$2
	release=$(kernel_release)
	if [ ! -f "$work/$2.ko" ]; then
		[ "$(cat "$dir/kbuilt" 2>/dev/null)" = "$release" ] || {
			echo "lab: obtaining headers and source of the kernel of guest $guest" >&2
			rm -rf "$dir/kbuild"
			unpack_kbuild
			echo "$release" >"$dir/kbuilt"
		}
		source=$(echo "$dir"/kbuild/usr/src/linux-source-*.tar.*)
		rm -rf "$work"
		mkdir -p "$work"
		tar -x -f "$source" -C "$work" --strip-components=3 --wildcards "*/$1/$2.c" "*/$1/*.h"
		echo "obj-m := $2.o" >"$work/Makefile"
		unshare --map-root-user --pid --fork --mount-proc --root="$dir/kbuild" \
			make -C "/usr/src/linux-headers-$release" M="/tmp/$2" modules >"$build/log/$guest-$2.log" 2>&1 ||
			die "$2 could not be built for guest $guest; see $build/log/$guest-$2.log"
	fi
	echo "$work/$2.ko"
}
