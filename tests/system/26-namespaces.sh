#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119,SC2154 # variables and functions of lib.sh
# User namespaces, set-user-ID programs and capabilities, also if they change between a request and its use. Only the
# ids in the initial user namespace count.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan 85

install -o 1000 -g 1000 -m 4755 client setuid-alice
install -o 1001 -g 1001 -m 4755 "$other" setuid-bob
install -o 0 -g 2000 -m 2755 client setgid-operators
install -o 0 -g 0 -m 4755 client setuid-root

load_policy <<END
chip a $main_is
allow user alice      output on a 0
allow user bob        output on a 1
allow group operators output on a 2
allow user 70000      output on a 3
allow everyone        output on a 4
deny  user bob        output on a 4
allow user 70000      output on a 6
deny  user alice      output on a 6
END

# Root opens the chip, and takes the steps.

# may NAME LINE STEP...: then the line can be driven
may() {
	who='' level=$2 allowed "$1" "${@:3}" , request "lines=$2" flags=output attr=values:1:1
}

# may_not NAME LINE STEP...
may_not() {
	who='' drives=$2 refused "$1" "line request: policy $2:output" "${@:3}" , \
		request "lines=$2" flags=output attr=values:1:1
}

# use NAME LINE STEP...: among the steps the line is requested; after them it can be set
use() {
	who='' level=$2 allowed "$1" "${@:3}" , set 1 1
}

# use_not NAME LINE STEP...
use_not() {
	who='' level=$2 refused "$1" "set values: policy $2:output" "${@:3}" , set 1 1
}

# ---- root inside is not root here, and ids are the host's

may "a namespace of alice's: her line" 0 as 1000 , newuser
may_not "a namespace of alice's: root in it may no more than she" 5 as 1000 , newuser
may_not "a namespace in a namespace" 5 as 1000 , newuser , newuser
may "a namespace of root's: root is root" 5 newuser

uids=0:1000:1,1000:70000:1
may "mapped: alice, as 0 inside" 0 mapped $uids 0:1000:1 , as 0:0
may_not "mapped: 0 inside is not root" 5 mapped $uids 0:1000:1 , as 0:0
may_not "mapped: 1000 inside is not alice" 0 mapped $uids 0:1000:1 , as 1000:0
may "mapped: but who it is outside" 3 mapped $uids 0:1000:1 , as 1000:0
exchanged=1001:1000:1,1000:1001:1
may "exchanged: alice, as 1001 inside" 0 mapped $exchanged 0:1000:1 , as 1001:0
may_not "exchanged: she has not bob's line" 1 mapped $exchanged 0:1000:1 , as 1001:0
may "exchanged: she is not denied what bob is" 4 mapped $exchanged 0:1000:1 , as 1001:0
may_not "exchanged: bob, as 1000 inside, is" 4 mapped $exchanged 0:1000:1 , as 1000:0

may "a subordinate uid: denied to alice, not to 70000" 6 as 70000
may "a subordinate uid: nor in a namespace of root's" 6 mapped $uids 0:1000:1 , as 1000:0
may_not "a subordinate uid: but in a namespace of alice's" 6 mapped $uids 0:1000:1 1000 , as 1000:0
may_not "a subordinate uid: and in one below that" 6 mapped $uids 0:1000:1 1000 , as 1000:0 , newuser
may "a subordinate uid: what alice is not denied" 3 mapped $uids 0:1000:1 1000 , as 1000:0
may_not "a subordinate uid: alice's own lines are not its own" 0 mapped $uids 0:1000:1 1000 , as 1000:0
use_not "a subordinate uid: requested outside, used in a namespace of alice's" 6 as 70000 , \
	request lines=6 flags=output , exec ./setuid-root , mapped $uids 0:1000:1 1000 , as 1000:0

gids=0:1000:1,5:2000:1,2000:70000:1
may_not "mapped: group 2000 inside is another" 2 mapped 0:1000:1 $gids , as 0:0:2000
may_not "mapped: effective group 2000 inside is another" 2 mapped 0:1000:1 $gids , as 0:2000
may "mapped: operators, as 5 inside" 2 mapped 0:1000:1 $gids , as 0:0:5
may "mapped: effective group operators, as 5 inside" 2 mapped 0:1000:1 $gids , as 0:5

use "requested outside, used inside" 0 as 1000 , request lines=0 flags=output , newuser
use_not "root's request, used by root in alice's namespace" 5 \
	request lines=5 flags=output , as 1000 , newuser
use_not "requested by alice, used by another inside" 0 as 1000 , request lines=0 flags=output , \
	exec ./setuid-root , mapped $uids 0:1000:1 , as 1000:0
use "requested by alice, used by alice inside" 0 as 1000 , request lines=0 flags=output , \
	exec ./setuid-root , mapped $uids 0:1000:1 , as 0:0

# ---- set-user-ID programs

use_not "alice's request, used by a setuid program of bob's" 0 \
	as 1000 , request lines=0 flags=output , exec ./setuid-bob
use "alice's request, bob's setuid program gives his id back" 0 \
	as 1000 , request lines=0 flags=output , exec ./setuid-bob , as =1000
use "bob's program, used by the setuid program of alice's" 0 \
	as 1000 , request lines=0 flags=output , exec ./setuid-bob , exec ./setuid-alice
use "alice's request, used by a setuid program of root's" 0 \
	as 1000 , request lines=0 flags=output , exec ./setuid-root
use_not "root's request, root's setuid program become bob" 5 \
	as 1000 , exec ./setuid-root , realuid 0 , request lines=5 flags=output , as 1001
use "root's request, used with root's effective uid back" 5 \
	request lines=5 flags=output , as =1000 , as =0
use_not "root's request, the effective uid is alice's" 5 request lines=5 flags=output , as =1000
use "root's request, used by a setgid program" 2 \
	request lines=2 flags=output , as 1001 , exec ./setgid-operators
use_not "requested with the effective group, used without it" 2 \
	keep , as 1001:2000 , request lines=2 flags=output , as 1001

# ---- capabilities

may_not "all capabilities, but alice" 5 keep , as 1000
may "all capabilities: alice's line" 0 keep , as 1000
may "root without capabilities is root" 5 drop
may_not "uid for files of alice, effective uid of bob" 0 keep , as 1001 , fsuid 1000
may "effective uid of bob, uid for files of alice: bob's line" 1 keep , as 1001 , fsuid 1000
use_not "root's request, all capabilities, but alice" 5 \
	request lines=5 flags=output , keep , as 1000
use_not "alice's request, who has become bob" 0 keep , as 1000 , request lines=0 flags=output , as 1001
use "alice's request, capabilities given up" 0 \
	keep , as 1000 , request lines=0 flags=output , drop
use_not "root's request, capabilities given up, alice" 5 \
	request lines=5 flags=output , keep , as 1000 , drop
use_not "carol's request, who has left the group" 2 \
	keep , as 1002:1002:2000 , request lines=2 flags=output , as 1002
use "carol's request, who has left the group and is back" 2 \
	keep , as 1002:1002:2000 , request lines=2 flags=output , as 1002 , as 1002:1002:2000

load_policy <<END
set root enforce
chip a $main_is
allow user 0 output on a 0
END
may "root enforced, a namespace of root's: allowed" 0 newuser
who=''
refused "root enforced, a namespace of root's: refused" "line request: policy 1:output" \
	newuser , request lines=1 flags=output
refused "root enforced, all capabilities: refused" "line request: policy 1:output" \
	keep , request lines=1 flags=output
refused "root enforced, root inside only" "line request: policy 0:output" \
	as 1000 , newuser , request lines=0 flags=output

# ---- groups that are left behind in a namespace: more only where a deny was of a group

load_policy <<END
chip a $main_is
allow group operators output on a 0
allow everyone        output on a 1-2
deny  group operators output on a 1
deny  user carol      output on a 2
END
next "a deny of a group is warned about"
! loaded || has "$output" "a group's deny can be bypassed: a process can leave the group in a user namespace"

carol=1002:1002:2000
may "carol's group" 0 as $carol
may_not "what her group is denied" 1 as $carol
normal=EPERM who=carol allowed "in a namespace of her own she cannot leave it" newuser , as 0:0
may_not "in a namespace of her own: still denied" 1 as $carol , newuser
may_not "group left behind, by newgidmap's help: its allow is gone" 0 mapped 0:1002:1 0:1002:1 , as 0:0
may "group left behind: and its deny, as the warning says" 1 mapped 0:1002:1 0:1002:1 , as 0:0
may_not "group left behind: a user's deny stays" 2 mapped 0:1002:1 0:1002:1 , as 0:0
normal=EINVAL who='' allowed "group left behind: no way back in" mapped 0:1002:1 0:1002:1 , as 0:0 , as 0:0:2000

# ---- subordinate uids, outside of any namespace: by set-user-ID files, which alice can make in one of hers

subuid=/etc/subuid
[ ! -e $subuid ] || cp -p $subuid "$state/subuid"
install -o 100005 -g 100005 -m 4755 client setuid-subuid
install -o 165541 -g 165541 -m 4755 client setuid-stranger

load_with() {
	printf '%s\n' "$@" >$subuid
	load_policy <<-END
		chip a $main_is
		allow everyone    output on a 0-1
		deny  user alice  output on a 1
		allow user alice  output on a 2
		allow user 100005 output on a 3-4
		deny  user bob    output on a 4
	END
}

load_with alice:100000:65536 stranger:300000:65536
next "load tells of an owner that is not known"
! loaded || has "$output" "subuid:2:1: warning: unknown user \"stranger\""
next "show tells the subordinate uids"
! loaded || has "$(gpio-acl show --loaded)" "# subuids 100000-165535 user 1000"
may_not "a subordinate uid outside: what its owner is denied" 1 as 1000 , exec ./setuid-subuid
may_not "a subordinate uid outside: with that real uid, too" 1 as 100005
may "a subordinate uid outside: what its owner is not denied" 0 as 1000 , exec ./setuid-subuid
may "a subordinate uid outside: what it is allowed itself" 3 as 1000 , exec ./setuid-subuid
may_not "a subordinate uid outside: its owner's lines are not its own" 2 as 1000 , exec ./setuid-subuid
may "a uid in no range: what alice is denied" 1 as 1000 , exec ./setuid-stranger
may_not "a namespace of a subordinate uid's" 1 as 100005 , newuser
may_not "another in a namespace of a subordinate uid's" 1 mapped $uids 0:1000:1 100005 , as 1000:0
may "another in a namespace of a stranger's" 1 mapped $uids 0:1000:1 165541 , as 1000:0
use_not "requested by bob, used by a subordinate uid of alice's" 1 \
	as 1001 , request lines=1 flags=output , exec ./setuid-subuid
use "requested by bob, used by a stranger" 1 as 1001 , request lines=1 flags=output , exec ./setuid-stranger
who='' refused "an owner that is not known: nothing" "line request: owners" as 300000 , request lines=0 flags=output
prints "explain: what the owner is denied" 1 "refused.*deny user 1000 output" \
	gpio-acl explain 100005 a 1 output
prints "explain: an owner that is not known" 1 "300000 is a subordinate uid, and its owner is unknown" \
	gpio-acl explain 300000 a 0 output

next "alice is put in quarantine"
if loaded; then
	bpftool map update pinned "$(echo /sys/fs/bpf/gpio-acl/maps-*)/quarantine" key 232 3 0 0 \
		value 1 0 0 0 0 0 0 0 >"$state/out" 2>&1 || wrong "bpftool: $(<"$state/out")"
fi
who='' refused "a subordinate uid of hers is in it" "line request: quarantined" \
	as 1000 , exec ./setuid-subuid , request lines=0 flags=output
may "a stranger is not" 0 as 1000 , exec ./setuid-stranger
! loaded || gpio-acl pardon alice >/dev/null

# The file changes: watch takes it over, and keeps what it had when the file cannot be read.
log=$state/subuid.log
if loaded; then
	gpio-acl watch 2>"$log" &
	watch=$!
	# it has looked once, and listens
	soon grep -q "no user \"stranger\"" "$log"
	printf 'bob:100000:65536\n' >$subuid
fi
next "watch takes a changed file over"
! loaded || soon grep -q "generation [0-9]*: subordinate uids have changed" "$log" || wrong "watch: $(<"$log")"
may "the range is bob's now: what alice is denied" 1 as 1000 , exec ./setuid-subuid
may_not "the range is bob's now: what bob is denied" 4 as 1000 , exec ./setuid-subuid
next "watch keeps the ranges when the file cannot be read"
if loaded; then
	printf 'alice:100000:65536\n' >$subuid.new && chmod 666 $subuid.new && mv $subuid.new $subuid
	soon grep -q "may be written by" "$log" || wrong "watch: $(<"$log")"
	has "$(gpio-acl show --loaded)" "# subuids 100000-165535 user 1001"
	kill "$watch" && wait "$watch"
fi
prints "load does not take a file that others may write" 1 "subuid may be written by" gpio-acl load
may_not "what was in force is" 4 as 1000 , exec ./setuid-subuid

rm -f $subuid
[ ! -e "$state/subuid" ] || cp -p "$state/subuid" $subuid
rm -f setuid-alice setuid-bob setgid-operators setuid-root setuid-subuid setuid-stranger
finish
