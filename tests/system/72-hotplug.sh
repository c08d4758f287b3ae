#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2054,SC2119,SC2154 # variables and functions of lib.sh, commas of the client
# Chips come and go while their lines are requested, held, watched and passed on, under load. Chips of two labels take
# turns with the same numbers; the rules are on one of the labels.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
needs sizes
plan 11
plugs=$(rounds 48 20)
loaded || plugs=$((plugs / 4))

policy() {
	echo 'chip a label "hot"'
	echo 'allow user alice input  on a 0-1'
	echo 'allow user alice output on a 2'
}
load_policy < <(policy)

# ---- one by one

# says STEP WANTED...: what the holder says of the steps
says() {
	while [ $# -gt 0 ]; do
		is "$1" "$2" "$(answers "$1")"
		shift 2
	done
}

# plug_another LABEL: the chip goes, and one of that label comes. Its name is the old one's again, unless somebody still
# has that open.
plug_another() {
	unplug one
	plug one "$1" 8
}

plug one hot 8
chip=$plugged
next "a line that is held: gone is gone"
hold request lines=2 flags=output , wait , try set 1 1 , try get , try config flags=output , try pass .
plug_another cold
[ "$plugged" != "$chip" ] || wrong "two chips have one number"
go_on
says set ENODEV get ENODEV config ENODEV pass "done"
wait

next "a chip that is open: gone is gone"
chip=$plugged
hold wait , try request lines=2 flags=output , try info 2 , try chipinfo
plug_another hot
go_on
says request ENODEV info ENODEV chipinfo ENODEV
wait

next "a line that is watched"
chip=$plugged
hold watch 2 , wait , try unwatch 2 , try watch 2
plug_another hot
go_on
says unwatch ENODEV watch ENODEV
wait

plug_another hot # nobody has a chip open: it gets the first number that is free, and so does the next
next "the number's next chip, of another label, is judged by its own"
chip=$plugged
loaded && records[number]="line request: policy 2:output"
attempt request lines=2 flags=output
is "request of the one" "done" "$result"
plug_another cold
is "the number" "$chip" "$plugged"
attempt request lines=2 flags=output
loaded && is "request of the other" EPERM "$result"

next "the number's next chip, of the policy's label, is judged by its own"
plug_another hot
is "the number" "$chip" "$plugged"
attempt request lines=2 flags=output
is "request" "done" "$result"

next "a load does not count who holds lines of a chip that is gone"
hold request lines=2 flags=output , wait
unplug one
load_policy <<-END
	chip a $main_is
	deny everyone all on a 0
END
! loaded || is "what load said of holders" "" "$(grep holds <<<"$output")"
load_policy < <(policy)
go_on
wait

# ---- at any moment

next "$plugs times at any moment, under load: nothing ends otherwise than it must"
plug one hot 8
plug two cold 8
configfs=/sys/kernel/config/gpio-sim
rm -f "$state/hot.end"
label=hot
loaded || label='*'
i=0
for name in one two one two; do
	i=$((i + 1))
	bits=
	[ $i != 4 ] || ! has_feature compat || bits=32
	nice -n 5 ./hotplug$bits "$state/hot.end" "$configfs/$name/bank/chip_name" "$label" >"$state/hot.$i" 2>&1 &
done
mkfifo -m 600 "$state/silent" 2>/dev/null
exec {silent}<>"$state/silent"
failures=''
exchanges=0
declare -A last # who had the number last
for ((i = 0; i < plugs; i++)); do
	# Configfs keeps a chip's definition while it is out, so that no program is started here.
	order=(one two)
	((i % 2)) || order=(two one)
	for name in "${order[@]}"; do
		echo 0 >"$configfs/$name/live" || failures+=" $name out, $i"
	done
	for name in "${order[@]}"; do
		echo 1 >"$configfs/$name/live" || failures+=" $name in, $i"
		given=$(<"$configfs/$name/bank/chip_name")
		[ "${last[$given]-$name}" = "$name" ] || exchanges=$((exchanges + 1))
		last[$given]=$name
	done
	read -r -t "0.0$((RANDOM % 60 + 10))" -u "$silent"
	((i % 12 != 6)) || udevadm settle # some thousand events behind, it would not answer in time any more
	if loaded && ((i % 12 == 6)); then
		gpio-acl load >"$state/out" 2>&1 || failures+=" load: $(<"$state/out")"
		gpio-acl status >"$state/out" 2>&1 || failures+=" status: $(<"$state/out")"
	fi
done
touch "$state/hot.end"
wait
udevadm settle # until then the nodes are not open to all
sed 's/^/# /' "$state"/hot.[1-4]
echo "# a number went from one label to the other $exchanges times"
is "what failed" "" "$failures"
((exchanges > plugs / 10)) || wrong "a number went to the other label only $exchanges times"
is "clients that ended well" 4 "$(grep -l '^done=.* wrong=0$' "$state"/hot.[1-4] | wc -l)"

# count WORD: of all clients together
count() {
	local n sum=0
	while read -r n; do
		sum=$((sum + n))
	done < <(sed -n "s/^.*$1=\([0-9]*\).*/\1/p" "$state"/hot.[1-4])
	echo $sum
}

next "meanwhile much was done, much refused, and chips went under it"
for word in "done" gone; do
	(($(count "$word") > plugs)) || wrong "$word only $(count "$word") times"
done
! loaded || (($(count refused) > plugs / 10)) || wrong "refused only $(count refused) times"

chip=$(<$configfs/one/bank/chip_name)
drives=2 allowed "afterwards: what is allowed" request lines=2 flags=output attr=values:1:1
drives=3 refused "afterwards: what is refused" "line request: policy 3:output" \
	request lines=3 flags=output attr=values:1:1
chip=$(<$configfs/two/bank/chip_name)
drives=2 refused "afterwards: the other chip" "line request: policy 2:output" \
	request lines=2 flags=output attr=values:1:1

unplug one
unplug two
finish
