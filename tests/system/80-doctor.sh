#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# doctor reports no problem on the guest. Then each defect is made, and doctor finds it, with its remedy. doctor changes
# nothing. 90-no-lsm.sh runs it on a kernel without the BPF LSM.
# shellcheck source-path=SCRIPTDIR source=lib.sh source=doctor.sh
. "${0%/*}/lib.sh"
. ./doctor.sh
plan 34

# owner FILE: owner, group and mode, for `mend FILE OWNER` after the test
owner() {
	stat -c '%u:%g %a' "$1" 2>/dev/null
}

mend() {
	[ ! -e "$1" ] || { chown "${2% *}" "$1" && chmod "${2#* }" "$1"; }
}

load_policy <<END
chip a $main_is
allow user alice input on a 0-1
allow group 2000 output on a 1
END

next "nothing is wrong"
if loaded; then
	doctor
	is "status" 0 "$status"
	is "findings" 0 "$(grep -Ec '^(warning|problem|unknown) ' <<<"$output")"
	told ok lsm "BPF LSM is active"
	told ok hook "file_ioctl is attached"
	told ok policy "/etc/gpio-acl/policy.conf is in force, enforcing"
	told ok policy "/etc/gpio-acl/policy.conf can be loaded, and only root may change it"
	told ok node "/dev/$main can be opened by everyone"
	[ "$status" = 0 ] || echo "# $output"
fi
next "JSON says the same"
if loaded; then
	gpio-acl doctor --json >"$state/doctor.json" || wrong "status $?"
	python3 - "$state/doctor.json" "$(grep -c '^ok ' <<<"$output")" >"$state/out" 2>&1 <<-'END' || wrong "$(<"$state/out")"
		import json, sys
		doctor = json.load(open(sys.argv[1]))
		states = [f["state"] for f in doctor["findings"]]
		assert states == ["ok"] * int(sys.argv[2]), states
		assert doctor["problems"] == doctor["warnings"] == doctor["unknown"] == 0, doctor
		assert all(set(f) == {"state", "check", "what", "remedy"} for f in doctor["findings"]), doctor
	END
fi
next "wrong usage"
if loaded; then
	output=$(gpio-acl doctor --fix 2>&1)
	is "status" 2 "$?"
fi
next "a file that is named is there, or that is a problem"
if loaded; then
	output=$(gpio-acl doctor /none/policy.conf 2>&1)
	is "status" 1 "$?"
	told problem policy "/none/policy.conf does not exist"
fi
next "not root: what it cannot see is unknown"
if loaded; then
	output=$(setpriv --reuid 1000 --regid 1000 --clear-groups gpio-acl doctor 2>&1)
	is "status" 0 "$?"
	told unknown hook "which hooks" "sudo"
	told unknown symbols "hides" "sudo"
	has "$output" "no problems, no warnings, $(grep -c '^unknown ' <<<"$output") unknown; run it with sudo"
	told ok lsm "is active"
	told ok node "/dev/$main can be opened by everyone"
fi

# ---- the policy and the nodes

loaded && chmod 664 "$policy"
finds "the policy's file may be written by its group" problem policy "may be written by its group" "chmod go-w $policy"
loaded && chmod 644 "$policy" && chmod 777 "${policy%/*}"
finds "its folder by everyone" problem policy "folder /etc/gpio-acl may be written" "chmod go-w"
loaded && chmod 755 "${policy%/*}" && echo 'allow user alice' >"$policy"
finds "an error in it" problem policy "$policy:1:"
loaded && rm "$policy"
finds "there is none" warning policy "$policy does not exist" "gpio-acl.conf"
load_policy <<END
chip a $main_is
allow user alice input on a 0-1
allow group 2000 output on a 1
END
before=$(owner "/dev/$main")
loaded && chgrp 2000 "/dev/$main" && chmod 660 "/dev/$main"
finds "a user of the policy cannot open the chip" warning node \
	"user alice has rights on lines of $main, and cannot open /dev/$main" 'udev rule: SUBSYSTEM=="gpio"'
mend "/dev/$main" "$before"

# ---- ways around

before=$(owner /dev/mem)
loaded && chmod 666 /dev/mem
finds "/dev/mem: everyone" problem mem "/dev/mem leads to all registers .* open to everyone" "chmod 0600 /dev/mem"
loaded && chmod 660 /dev/mem && chgrp 2000 /dev/mem
finds "/dev/mem: a group" warning mem "open to group operators \(carol\)" "chmod 0600 /dev/mem"
mend /dev/mem "$before"
# What udev's uaccess gives to whoever is logged in.
loaded && python3 -c 'import os, struct
entries = [(1, 6, -1), (2, 6, 1000), (4, 0, -1), (16, 6, -1), (32, 0, -1)]
acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
os.setxattr("/dev/mem", "system.posix_acl_access", acl)'
finds "/dev/mem: an access control list" warning mem "open to user alice$" "chmod 0600 /dev/mem"
next "and the remedy works"
if loaded; then
	chmod 0600 /dev/mem
	setpriv --reuid 1000 --regid 1000 --clear-groups sh -c ': </dev/mem' 2>/dev/null && wrong "alice can open it"
	doctor
	is "status" 0 "$status"
	setfattr=$(python3 -c 'import os; os.removexattr("/dev/mem", "system.posix_acl_access")' 2>&1) || wrong "$setfattr"
fi
mend /dev/mem "$before"
loaded && mknod -m 660 /dev/gpiomem0 c 10 250 && chgrp 2000 /dev/gpiomem0
finds "/dev/gpiomem0" warning gpiomem "/dev/gpiomem0 leads to the registers .* group operators \(carol\)" 'KERNEL=="gpiomem\*"'
rm -f /dev/gpiomem0

sysfs=/sys/class/gpio
next "/sys/class/gpio/export"
if loaded; then
	if [ -e $sysfs/export ]; then
		before=$(owner $sysfs/export)
		chmod 222 $sysfs/export
		doctor
		told problem sysfs "$sysfs/export leads to every line .* everyone" "chmod 0200 $sysfs/export"
		mend $sysfs/export "$before"
	else
		doctor
		told ok sysfs "this kernel has no $sysfs/export"
	fi
fi
next "an exported line"
if loaded && [ -e $sysfs/export ]; then
	for base in "$sysfs"/gpiochip*/base; do
		echo "$(<"$base")" >$sysfs/export && break
	done 2>/dev/null
	for line in "$sysfs"/gpio[0-9]*; do
		line=${line##*/}
	done
	doctor
	told warning sysfs "$sysfs/$line is exported" "echo ${line#gpio} > $sysfs/unexport"
	before=$(owner "$sysfs/$line/value")
	chgrp 2000 "$sysfs/$line/value"
	chmod 664 "$sysfs/$line/value"
	doctor
	told warning sysfs "$sysfs/$line/value leads to an exported line .*group operators \(carol\)" "chmod 0644"
	bash -c "echo ${line#gpio} > $sysfs/unexport" || wrong "the remedy fails"
	doctor
	is "status after the remedy" 0 "$status"
fi

# ---- hooks, and what is in force

loaded && rm /sys/fs/bpf/gpio-acl/links-*/file_receive
next "a hook is gone"
if loaded; then
	doctor
	is "status" 1 "$status"
	told problem hook "file_receive is not attached" "gpio-acl load"
	told ok hook "file_ioctl is attached"
	told problem policy "the policy in force is incomplete"
	gpio-acl load >/dev/null 2>&1
	doctor
	is "status after the remedy" 0 "$status"
fi
# judged: is alice refused the line that no rule allows?
judged() {
	[[ $(./client as 1000 , open "$main" , request lines=5 flags=input 2>&1) = *EPERM* ]]
}
# stopped CHECK PATTERN REMEDY: doctor says so once, and that no hook is attached; so does status, and load refuses
stopped() {
	doctor
	is "doctor's status" 1 "$status"
	told problem "$@"
	is "problems" 1 "$(grep -c '^problem ' <<<"$output")"
	is "hooks attached" 0 "$(grep -c ' is attached$' <<<"$output")"
	output=$(gpio-acl status)
	is "status of status" 1 "$?"
	has "$output" "mode +incomplete: .*gpio-acl doctor"
	has "$output" "stopped +[^;]*$2.*$3"
	is "hooks_run" false "$(gpio-acl status --json | json hooks_run)"
	output=$(gpio-acl load 2>&1 >/dev/null)
	is "status of load" 1 "$?"
	has "$output" "$2.*$3"
	is "messages of load" 1 "$(wc -l <<<"$output")"
}
# What root can write so that hooks that are attached do not run.
ftrace=/proc/sys/kernel/ftrace_enabled
next "kernel.ftrace_enabled=0 ends judging, or is refused"
if loaded; then
	judged || wrong "alice is not refused before"
	if echo 0 2>"$state/out" >$ftrace; then
		judged && wrong "alice is refused: nothing to tell of"
		stopped ftrace "kernel.ftrace_enabled is 0" "sysctl kernel.ftrace_enabled=1"
		echo 1 >$ftrace
	fi
	judged || wrong "alice is not refused after"
fi
next "after the remedy nothing is wrong"
if loaded; then
	{ gpio-acl unload && gpio-acl load; } >"$state/out" 2>&1 || wrong "$(<"$state/out")"
	doctor
	is "status" 0 "$status"
fi
kprobes=/sys/kernel/debug/kprobes/enabled
next "kprobes are disarmed"
if loaded; then
	echo 0 >$kprobes
	stopped kprobes "kprobes are off" "echo 1 >$kprobes"
	echo 1 >$kprobes
	doctor
	is "status after the remedy" 0 "$status"
fi
next "users can write neither"
if loaded; then
	for file in $ftrace $kprobes; do
		setpriv --reuid 1000 --regid 1000 --clear-groups bash -c "echo 1 >$file" 2>/dev/null && wrong "alice wrote $file"
	done
fi
next "permissive"
if loaded; then
	gpio-acl load --permissive >/dev/null 2>&1
	doctor
	told ok policy "is in force, permissive"
fi

next "not loaded: each hook can be attached"
if loaded; then
	gpio-acl status --json >"$state/status.json"
	gpio-acl unload >/dev/null
	# The kernel takes its time to free programs that nothing holds any more.
	no_programs() {
		[ -z "$(bpftool prog list)" ]
	}
	soon no_programs || wrong "after unload: $(bpftool prog list)"
	doctor
	is "status" 1 "$status"
	told warning policy "none is in force" "gpio-acl load"
	is "findings" 1 "$(grep -Ec '^(warning|problem|unknown) ' <<<"$output")"
	python3 - "$state/status.json" "$output" >"$state/out" 2>&1 <<-'END' || wrong "$(<"$state/out")"
		import json, re, sys
		for hook in json.load(open(sys.argv[1]))["hooks"]:
		    assert re.search(f"^ok +hook +{hook} (can be attached|is not needed)", sys.argv[2], re.M), hook
		assert re.search("^ok +hook +file_ioctl can be attached$", sys.argv[2], re.M)
	END
fi
next "and none stays"
if loaded; then
	is "in bpffs" "" "$(ls -A /sys/fs/bpf)"
	soon no_programs || wrong "BPF programs: $(bpftool prog list)"
fi
attempt request lines=5 flags=input
next "nothing is refused while it looks"
if loaded; then
	: >"$state/looks"
	(
		while [ -e "$state/looks" ]; do
			./client as 1000 , open "$main" , request lines=5 flags=input >/dev/null || echo refused
		done >"$state/refused"
	) &
	doctor
	rm "$state/looks"
	wait $!
	is "refused" "" "$(<"$state/refused")"
fi
audited=no

# ---- the kernel's side, with nothing loaded

# may_bpf: can alice make a map? Where bpf(2) is closed to users, that ends with EPERM.
may_bpf() {
	setpriv --reuid 1000 --regid 1000 --clear-groups python3 -c 'import ctypes, os, struct, sys
number = 321 if os.uname().machine == "x86_64" else 280
array = struct.pack("<IIII", 2, 4, 4, 1) + bytes(112)
sys.exit(ctypes.CDLL(None).syscall(number, 0, array, len(array)) < 0)'
}
disabled=/proc/sys/kernel/unprivileged_bpf_disabled
before=$(<$disabled)
next "users may call bpf(2)"
if loaded; then
	may_bpf && wrong "alice can before"
	echo 0 >$disabled
	may_bpf || wrong "alice cannot: nothing to warn of"
	doctor
	told warning bpf "users may call bpf\(2\) \(kernel.unprivileged_bpf_disabled is 0\)" \
		"sysctl kernel.unprivileged_bpf_disabled=2; to last: echo .* >/etc/sysctl.d/"
	echo 2 >$disabled
	doctor
	told ok bpf "only root may call bpf\(2\)"
	may_bpf && wrong "alice can after the remedy"
	echo "$before" >$disabled
fi
# A kernel whose types cannot be read takes none of the programs.
next "what hinders all hooks is told once"
if loaded; then
	mount --bind /dev/null /sys/kernel/btf/vmlinux
	doctor
	umount /sys/kernel/btf/vmlinux
	told problem btf "cannot read the kernel's BTF" "boot one built with CONFIG_DEBUG_INFO_BTF=y"
	is "problems" 1 "$(grep -c '^problem ' <<<"$output")"
	is "hooks that can be attached" 0 "$(grep -c ' can be attached$' <<<"$output")"
fi

# lacks NAME CHECK PATTERN REMEDY: beside that nothing is in force
lacks() {
	next "$1"
	loaded || return 0
	doctor
	is "status" 1 "$status"
	told problem "${@:2}"
}
loaded && umount /sys/kernel/security
lacks "securityfs is not mounted" lsm "cannot read which LSMs" "mount -t securityfs"
loaded && mount -t securityfs securityfs /sys/kernel/security
loaded && umount /sys/fs/bpf
lacks "bpffs is not mounted" bpffs "not mounted" "mount -t bpf"
loaded && mount -t bpf -o mode=777 bpf /sys/fs/bpf
lacks "users may write bpffs" bpffs "users may write /sys/fs/bpf" "chmod 0700 /sys/fs/bpf"
loaded && chmod 700 /sys/fs/bpf
loaded && mkdir -m 777 /sys/fs/bpf/gpio-acl
lacks "somebody else's pins" bpffs "/sys/fs/bpf/gpio-acl is not only root's" "find out who made it"
loaded && rmdir /sys/fs/bpf/gpio-acl
restrict=$(</proc/sys/kernel/kptr_restrict)
loaded && echo 2 >/proc/sys/kernel/kptr_restrict
lacks "addresses are hidden" symbols "hides the addresses" "kptr_restrict=1"
echo "$restrict" >/proc/sys/kernel/kptr_restrict

next "after all of it nothing is wrong, and the policy loads"
if loaded; then
	gpio-acl load >"$state/out" 2>&1 || wrong "$(<"$state/out")"
	doctor
	is "status" 0 "$status"
	[ "$status" = 0 ] || echo "# $output"
fi

finish
