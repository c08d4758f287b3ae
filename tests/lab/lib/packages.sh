# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2086
# Debian packages of a guest: an apt state of the lab's own (nothing of this machine's apt changes, its
# mirror is used, signatures are checked against Debian's archive keyring), downloads that are kept, and
# the folders unpacked from them. No maintainer script runs on this machine's root: none at all, or, where the guest is
# a whole Debian, in namespaces of mmdebstrap's.

common_packages="base-files bash bsdutils coreutils dash debianutils diffutils findutils grep gzip hostname
	iproute2 kmod libc-bin libcap2-bin mawk mount ncurses-base procps python3 sed tar udev util-linux"

# What runs in a guest beside them, what only its sysroot has, and FOLDER=PACKAGE, unpacked in /opt/FOLDER beside the
# rest; a guest's definition adds to them.
packages="gpiod libbpf1 libjson-c5 libacl1 bpftool strace"
dev_packages="libc6-dev linux-libc-dev libgpiod-dev libbpf-dev libsmartcols-dev libjson-c-dev libudev-dev libacl1-dev
	libelf-dev zlib1g-dev libcap-dev"
beside="busybox=busybox-static" # tests/system/guest.sh

# What of them no test needs: every megabyte costs each boot a part of a second. Under usr/.
left_out="share/doc share/man share/locale share/info share/bash-completion share/zoneinfo share/perl5 share/bug
	share/lintian share/common-licenses share/gcc* share/mime lib/udev/hwdb*
	lib/*/gconv lib/*/libdb-5* lib/*/libkrb5* lib/*/libgssapi* lib/*/perl*
	lib/*/libsqlite3* lib/*/libtirpc* lib/*/libmvec* lib/*/ossl-modules lib/*/engines-3
	lib/python3*/test lib/python3*/pydoc_data lib/python3*/idlelib lib/python3*/ensurepip
	lib/python3*/lib2to3 lib/python3*/asyncio lib/python3*/email lib/python3*/xml
	lib/python3*/unittest lib/python3*/sqlite3 lib/python3*/lib-dynload/_test*
	lib/python3*/lib-dynload/_decimal* bin/localedef bin/iconv sbin/tc
	sbin/rtacct sbin/zic sbin/zdump sbin/mkfs* sbin/sfdisk sbin/fdisk sbin/cfdisk"
# And where the guest is not a whole Debian.
left_out_of_few="lib/udev/* lib/systemd/system lib/systemd/user lib/systemd/systemd lib/systemd/systemd-[a-tv-z]*
	lib/systemd/system-* lib/systemd/catalog lib/*/systemd/libsystemd-core* lib/dpkg bin/dpkg* bin/deb*
	bin/systemctl bin/systemd-* bin/journalctl bin/loginctl bin/bootctl bin/busctl sbin/ldconfig sbin/fsck*"

# mirror SUITE: the address of the Debian archive that this machine's apt uses for it, however its sources are written.
mirror() {
	local archive=debian
	[[ $1 != *-security ]] || archive=debian-security
	apt-get indextargets --no-release-info --format '$(REPO_URI)' 'Created-By: Packages' |
		grep -m1 -E "/$archive(/|$)" ||
		die "no Debian archive (an address with /$archive/) among this machine's apt sources"
}

guest_apt() {
	local state=$dir/apt
	"$1" -o Dir::State="$state" -o Dir::State::status="$state/status" \
		-o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null -o Dir::Cache="$state" \
		-o Dir::Cache::pkgcache=pkgcache.bin -o Dir::Cache::srcpkgcache=srcpkgcache.bin \
		-o APT::Architecture="$arch" -o APT::Architectures="$arch" \
		-o APT::Install-Recommends=0 -o APT::Sandbox::User=root -o Acquire::Languages=none \
		"${@:2}"
}

update_lists() {
	local suite archive
	mkdir -p "$dir/apt/lists/partial"
	: >"$dir/apt/status"
	for suite in $suites; do
		archive=$(mirror "$suite")
		echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $suite main"
	done >"$dir/apt/sources.list"
	guest_apt apt-get -qq --error-on=any update
}

# closure PACKAGE...: NAME=VERSION of each and of all they depend on.
closure() {
	guest_apt apt-get -qq -s install "$@" | sed -nE 's/^Inst ([^ ]+) \(([^ ]+) .*/\1=\2/p'
}

# obtain NAME=VERSION...: downloads what the cache lacks, prints the files' names.
obtain() {
	(cd "$cache" && guest_apt apt-get -qq download "$@" >&2)
	guest_apt apt-get -qq --print-uris download "$@" | awk -v dir="$cache" '{ print dir "/" $2 }'
}

# unpack FOLDER FILE... [-- TAR-OPTION...]
unpack() {
	local folder=$1 files=() file
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		files+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	mkdir -p "$folder/usr"
	for file in bin sbin lib lib64; do
		mkdir -p "$folder/usr/$file"
		ln -sfn "usr/$file" "$folder/$file"
	done
	for file in "${files[@]}"; do
		dpkg-deb --fsys-tarfile "$file" | tar -x -C "$folder" --keep-directory-symlink "$@"
	done
}

# The Debian release $whole, as its maintainer scripts leave it, into root/. They run in a user namespace, a mount
# namespace and a root of their own.
bootstrap() {
	local include
	include=$(tr -s ' \t\n' , <<<"$common_packages $packages")
	mmdebstrap --quiet --mode=unshare --variant=minbase --architectures="$arch" --include="${include%,}" "$whole" \
		"$dir/root.tar" "$(grep " $whole main\$" "$dir/apt/sources.list")" >&2
	mkdir -p "$dir/root"
	tar -x -C "$dir/root" -f "$dir/root.tar" --no-same-owner --exclude='./dev/*' --no-wildcards-match-slash \
		-X "$dir/left-out"
	rm "$dir/root.tar"
	mkdir -p "$dir/accounts"
	cp "$dir"/root/etc/{passwd,group,shadow} "$dir/accounts/"
}

# Folders of a guest: kernel/ (image and all modules), root/ (what its initramfs holds), sysroot/ (root and what
# it takes to build programs for it).
unpack_guest() {
	local names files
	update_lists
	[ -n "${whole-}" ] || left_out+=" $left_out_of_few"
	tr -s ' \t' '\n' <<<"$left_out" | sed 's|^|./usr/|' >"$dir/left-out"

	names=$(closure "$kernel" | grep -E '^linux-(image|binary|modules|base)-[0-9]')
	files=$(obtain $names)
	unpack "$dir/kernel" $files

	if [ -n "${whole-}" ]; then
		bootstrap
	else
		names=$(closure $common_packages $packages)
		files=$(obtain $names)
		unpack "$dir/root" $files -- --no-wildcards-match-slash -X "$dir/left-out"
	fi

	for names in ${beside-}; do
		files=$(obtain "${names#*=}")
		unpack "$dir/root/opt/${names%%=*}" $files -- --exclude='./usr/share/*'
	done

	names=$(closure $common_packages $packages $dev_packages)
	files=$(obtain $names)
	unpack "$dir/sysroot" $files -- --exclude='./usr/share/*'
}
