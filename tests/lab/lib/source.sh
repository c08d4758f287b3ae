# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2046,SC2086
# A source package of the guest's Debian, built for the guest with its own build system (autoconf's), by this machine's
# compilers. Nothing of it is put into the guest's image.

# obtain_source PACKAGE: into the current folder. Each file is checked against the archive's signed list of sources.
obtain_source() {
	local part state=$dir/apt/sources
	mkdir -p "$state/lists/partial"
	sed 's/^deb /deb-src /' "$dir/apt/sources.list" >"$state/sources.list"
	set -- "$1" -o Dir::Etc::sourcelist="$state/sources.list" -o Dir::State::lists="$state/lists"
	guest_apt apt-get -qq --error-on=any "${@:2}" update
	for part in --tar-only --diff-only; do
		guest_apt apt-get -qq "${@:2}" source --download-only $part "$1" >&2
	done
}

# unpack_source PACKAGE FOLDER: as Debian builds it, with its patches
unpack_source() {
	local patch work=$2.download
	rm -rf "$work" "$2"
	mkdir -p "$work" "$2"
	(cd "$work" && obtain_source "$1")
	tar -x -C "$2" --strip-components=1 --no-same-owner -f "$work"/*.orig.tar.*
	tar -x -C "$2" --no-same-owner -f "$work"/*.debian.tar.*
	rm -rf "$work"
	while read -r patch _; do
		[[ -z $patch || $patch = \#* ]] || patch -s -d "$2" -p1 <"$2/debian/patches/$patch"
	done <"$2/debian/patches/series"
}

# The guest's sysroot, and in it what BUILD-PACKAGES are.
build_sysroot() {
	local folder=$1 names
	shift
	names=$(comm -13 <(closure $common_packages $packages $dev_packages | sort) \
		<(closure $common_packages $packages $dev_packages "$@" | sort))
	rm -rf "$folder"
	cp -al "$dir/sysroot" "$folder"
	unpack "$folder" $(obtain $names) -- --exclude='./usr/share/doc/*' --exclude='./usr/share/locale/*'
}

# configure_and_make FOLDER SYSROOT [OPTION]...: a configure that runs nothing cannot know that malloc(0) is not NULL.
configure_and_make() {
	local folder=$1 sysroot=$2 libraries=$2/usr/lib/$triplet
	shift 2
	(
		cd "$folder" || exit
		export PKG_CONFIG_SYSROOT_DIR=$sysroot PKG_CONFIG_LIBDIR=$libraries/pkgconfig:$sysroot/usr/share/pkgconfig
		ac_cv_func_malloc_0_nonnull=yes ./configure --host="$triplet" \
			CC="${cross}gcc --sysroot=$sysroot -B$libraries -L$libraries" "$@"
		make
	)
}

# build_source PACKAGE "BUILD-PACKAGE..." [CONFIGURE-OPTION]...: prints the folder, with source/ and sysroot/ in it.
build_source() {
	local package=$1 needs=$2 folder=$dir/source/$1 made
	shift 2
	made=$(sha256sum "$dir/unpacked" "$lab/lib/source.sh")$needs$*
	if [ "$(cat "$folder/made" 2>/dev/null)" != "$made" ]; then
		echo "lab: obtaining and building the source package $package for guest $guest" >&2
		rm -rf "$folder"
		mkdir -p "$folder"
		unpack_source "$package" "$folder/source"
		build_sysroot "$folder/sysroot" $needs
		configure_and_make "$folder/source" "$folder/sysroot" "$@" >"$build/log/$guest-$package.log" 2>&1 ||
			die "$package could not be built for guest $guest; see $build/log/$guest-$package.log"
		echo "$made" >"$folder/made"
	fi
	echo "$folder"
}
