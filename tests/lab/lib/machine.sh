# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154,SC2046,SC2207
# One run of a guest: its second initramfs archive, QEMU, the streams between, and the end.
#
# Each stream is a device of the guest's and a FIFO here: the kernel's console, and the command's output. The status
# comes over the console ("lab: status N"), so what the command prints is untouched. A machine with two UARTs has none
# left for standard error, which then comes over the console too, in hexadecimal ("lab: err 6f 6e 0a").

# What in the kernel's log makes a run fail, whatever the command said.
kernel_trouble='WARNING:|BUG:|Oops|rcu:.*stall|general protection'

# The run's folder and QEMU go, and the terminal is as it was, however this script ends.
cleanup() {
	[ -z "${qemu_pid-}" ] || kill -KILL "$qemu_pid" 2>/dev/null || true
	[ -z "${terminal-}" ] || stty "$terminal"
	rm -rf "$run"
}

# guest_make ARG...: make with what it takes to build for the guest, into build/GUEST
guest_make() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$top" --no-print-directory O="build/$guest" \
		SYSROOT="$dir/sysroot" CROSS_COMPILE="$cross" PREFIX=/usr WERROR=-Werror "$@"
}

install_gpio_acl() {
	local log=$build/log/$guest-install.log
	guest_make DESTDIR="$run/stage" install >"$log" 2>&1 || {
		cat "$log" >&2
		die "gpio-acl could not be built or installed for guest $guest (above; kept in $log)"
	}
}

# Units are enabled in the guest's first boot; those that are files here are put there.
stage_units() {
	local unit folder=$run/stage/etc/systemd/system
	[ ${#units[@]} = 0 ] || [ -n "${whole-}" ] || die "--unit: guest $guest has no systemd"
	for unit in "${units[@]}"; do
		[ ! -e "$unit" ] || install -D -m 644 "$unit" "$folder/${unit##*/}"
	done
}

# What outlives a boot (systemd/init): an empty disk.
make_state() {
	[ -n "${whole-}" ] || return 0
	truncate -s 256M "$run/state"
	mke2fs -q -t ext4 -E lazy_itable_init=1,lazy_journal_init=1 "$run/state"
}

# stage JOB-TEXT: what this run adds to the guest.
stage() {
	local stage=$run/stage file name
	mkdir -p "$stage"/{etc/lab,lab,usr/{bin,sbin,lib,lib64}}
	for name in bin sbin lib lib64; do
		ln -s "usr/$name" "$stage/$name"
	done
	install_gpio_acl
	for file in "${files[@]}"; do
		name=$(basename "$(realpath -s "$file")")
		[ ! -e "$stage/lab/$name" ] || die "--file: two files are named \"$name\""
		[ -e "$file" ] || die "--file: there is no \"$file\""
		cp -aH "$file" "$stage/lab/$name"
	done
	stage_units
	echo "$1 units=(${units[*]##*/})" >"$stage/etc/lab/job"
	flock -u "$lock"
	archive "$stage" | cat "$dir/initramfs" - >"$run/initramfs"
}

# start QEMU-OPTION...: in the background, its process id in qemu_pid.
start() {
	local accel=(-accel "tcg,thread=${threads-multi}")
	if [ "$icount" = yes ]; then
		accel=(-accel 'tcg,thread=single' -icount 'shift=0,sleep=off')
		smp=1
	fi
	if [ "${processors-}" = fixed ]; then
		append+=" maxcpus=$smp"
	else
		# The others come when it has booted (init): a boot patches the kernel's text all the time, and QEMU with
		# a thread for each may let one run into the middle of that ("Oops: int3").
		append+=" maxcpus=1"
		accel+=(-smp "$smp")
	fi
	[ ! -e "$dir/dtb" ] || accel+=(-dtb "$dir/dtb")
	[ ! -e "$dir/acpi.aml" ] || accel+=(-acpitable file="$dir/acpi.aml")
	[ ! -e "$run/state" ] || accel+=(-drive "if=virtio,format=raw,cache=unsafe,file=$run/state")
	rm -f "$run/console"
	mkfifo "$run/console"
	# Without <&0 a background process reads /dev/null.
	"${qemu[@]}" "${accel[@]}" -no-reboot -kernel "$dir/vmlinux" -initrd "$run/initramfs" \
		-append "console=$console rdinit=/init panic=-1 loglevel=5 printk.devkmsg=on ${kernel_words-} $append" \
		-chardev file,id=console,path="$run/console" $(uart console) "$@" \
		<&0 {lock}>&- &
	qemu_pid=$!
}

# Reads the console until the guest says its status or ends; the status in $status, what was read in $log.
# timeout is in seconds, of all boots together (their end: $deadline), or empty: never. A guest that has said that it goes
# down is to boot again when it has: $again.
watch_console() {
	local line left
	status=''
	again=no
	trouble='the machine ended without a status (a panic?)'
	while :; do
		left=$((deadline - SECONDS))
		if [ -n "$timeout" ] && [ "$left" -le 0 ]; then
			trouble="no end within $timeout seconds"
			return
		fi
		IFS= read -r ${timeout:+-t "$left"} line || {
			[ $? -le 128 ] || continue
			return 0
		}
		line=${line%$'\r'}
		if [[ $line = *'lab: err '* ]]; then
			line=${line##*'lab: err '}
			printf '%b' "\\x${line// /\\x}" >&2
			continue
		fi
		printf '%s\n' "$line" >>"$log"
		case $line in
		*'lab: goes down') again=yes ;;
		*'lab: status '*)
			status=${line##*'lab: status '}
			status=${status//[!0-9]/}
			return
			;;
		esac
	done <"$run/console"
}

# Ends the machine and returns the run's status.
end() {
	kill -KILL "$qemu_pid" 2>/dev/null || true
	wait "$qemu_pid" 2>/dev/null || true
	qemu_pid=''
}

verdict() {
	if grep -E "$kernel_trouble" "$log" >&2; then
		die "guest $guest: the kernel complained (above); its log: $log"
	fi
	[ -n "$status" ] || die "guest $guest: $trouble; its log: $log"
	exit "$status"
}

prepare_run() {
	run=$(mktemp -d "$build/run.XXXXXX")
	trap cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	make_state
	log=$build/log/$guest-$(date +%Y%m%d-%H%M%S)-${run##*.}.log
	: >"$log"
}

# What stands in a stream before the guest's first newline is what its UART said when it was set up.
after_first_line() {
	IFS= read -r _ || return 0
	cat
}

# boot: one boot of a run, with its streams
boot() {
	local readers=() devices
	rm -f "$run"/{out,err}
	mkfifo "$run/out"
	after_first_line <"$run/out" &
	readers+=($!)
	devices=(-chardev "file,id=out,path=$run/out" $(uart out))
	if [ "$err" != kmsg ]; then
		mkfifo "$run/err"
		after_first_line <"$run/err" >&2 &
		readers+=($!)
		devices+=(-chardev "file,id=err,path=$run/err" $(uart err))
	fi
	start "${devices[@]}" </dev/null
	watch_console
	end
	wait "${readers[@]}"
}

run_command() {
	local job again=yes
	timeout=${timeout:-600}
	prepare_run
	printf -v job '%q ' "$@"
	stage "job=command processors=$smp out=/dev/$out err=/dev/$err command=($job)"
	deadline=$((SECONDS + timeout))
	while [ "$again" = yes ]; do
		boot
	done
	verdict
}

run_shell() {
	local size='24 80'
	prepare_run
	if [ -t 0 ]; then
		# QEMU makes the terminal raw, and is killed before it could undo that.
		terminal=$(stty -g)
		size=$(stty size)
	fi
	stage "job=shell processors=$smp out=/dev/$out rows=${size% *} columns=${size#* } TERM=${TERM:-dumb}"
	deadline=$((SECONDS + ${timeout:-0}))
	start -chardev stdio,id=out,signal=off $(uart out)
	watch_console
	end
	verdict
}
