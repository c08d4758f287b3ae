#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# A kernel whose BPF LSM is not active (`run` boots it with lsm=capability). load says what is wrong and what helps,
# nothing is attached, nothing is refused, and what needs no kernel works.
# shellcheck source-path=SCRIPTDIR source=lib.sh source=doctor.sh
. "${0%/*}/lib.sh"
. ./doctor.sh
plan 13

printf 'chip a %s\nallow user alice input on a 1\n' "$main_is" >"$policy"

next "load says what is wrong and how to mend it"
if loaded; then
	output=$(gpio-acl load 2>&1)
	is "status" 1 "$?"
	has "$output" "the BPF LSM is not active \(active: [a-z,_]+\)"
	has "$output" "boot with lsm=[a-z,_]+,bpf on the kernel command line, in place of lsm=capability"
	is "messages" 1 "$(wc -l <<<"$output")"
	is "in bpffs" "" "$(ls -A /sys/fs/bpf)"
fi
next "doctor says the same, once, and not for each hook"
if loaded; then
	doctor
	is "status" 1 "$status"
	told problem lsm "the BPF LSM is not active \(active: [a-z,_]+\)" \
		"boot with lsm=[a-z,_]+,bpf on the kernel command line, in place of lsm=capability"
	told warning policy "none is in force" "when the kernel can, load one"
	is "findings" 2 "$(grep -Ec '^(warning|problem|unknown) ' <<<"$output")"
	is "hooks" "" "$(grep '^[a-z ]* hook ' <<<"$output")"
	is "in bpffs" "" "$(ls -A /sys/fs/bpf)"
fi

# boots_by NAME REMEDY FILE[=TEXT]...: with these files, what load and doctor tell
boots_by() {
	next "$1"
	loaded || return 0
	local remedy=$2 file made=()
	shift 2
	for file in "$@"; do
		mkdir -p "$(dirname "${file%%=*}")"
		[ ! -e "${file%%=*}" ] || wrong "the guest has ${file%%=*}"
		echo "${file#*=}" >"${file%%=*}"
		made+=("${file%%=*}")
	done
	has "$(gpio-acl load 2>&1)" "; $remedy$"
	doctor
	told problem lsm "is not active" "$remedy$"
	rm "${made[@]}"
}

was=lsm=capability
boots_by "GRUB" "replace $was with lsm=[a-z,_]+,bpf in /etc/default/grub, run update-grub, and reboot" \
	/usr/sbin/update-grub= "/etc/default/grub=GRUB_CMDLINE_LINUX=\"$was\""
# As if no word had been given.
loaded && sed "s/$was//" /proc/cmdline >"$state/cmdline" && mount --bind "$state/cmdline" /proc/cmdline
add="add lsm=[a-z,_]+,bpf to"
boots_by "Raspberry Pi" "$add the only line in /boot/firmware/cmdline.txt and reboot" /boot/firmware/cmdline.txt=
boots_by "Armbian" "$add the line extraargs= .* in /boot/armbianEnv.txt and reboot" /boot/armbianEnv.txt=
boots_by "u-boot-menu" "$add the line U_BOOT_PARAMETERS= .* in /etc/default/u-boot, run u-boot-update, and reboot" \
	/etc/default/u-boot= /boot/extlinux/extlinux.conf=
boots_by "extlinux" "$add each line append in /boot/extlinux/extlinux.conf and reboot" /boot/extlinux/extlinux.conf=
boots_by "systemd-boot" "$add the line in /etc/kernel/cmdline, run kernel-install add .*, and reboot" \
	/boot/efi/EFI/systemd/systemd-bootx64.efi= /etc/kernel/cmdline=
boots_by "systemd-boot, without kernel-install" "$add the line options in /efi/loader/entries/a.conf and reboot" \
	/efi/EFI/systemd/systemd-bootx64.efi= /efi/loader/entries/a.conf=
loaded && umount /proc/cmdline

next "status"
loaded && { output=$(gpio-acl status 2>&1) && wrong "status 0"; has "$output" "not loaded"; }
next "check"
loaded && { output=$(gpio-acl check 2>&1) || wrong "status $?: $output"; }
next "explain"
loaded && { gpio-acl explain --policy "$policy" alice a 1 input >"$state/out" 2>&1 || wrong "$(<"$state/out")"; }
next "nothing is refused"
attempt request lines=5 flags=output
is "$output" "done" "$result"
audited=no

finish
