#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# The caller: the effective uid, the effective gid and every supplementary group, as the initial user namespace sees
# them.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
plan 42

install -o 1000 -g 1000 -m 4755 client setuid-alice
install -o 0 -g 2000 -m 2755 client setgid-operators
install -o 0 -g 0 -m 4755 client setuid-root

load_policy <<END
chip a $main_is
allow user alice      input output on a 1
allow group operators input        on a 2
allow user bob        input        on a 3
allow everyone        input        on a 4
allow everyone        output       on a 5-6
deny  user bob        output       on a 5
allow group operators all          on a 0
deny  user carol      all          on a 0
deny  everyone        output       on a 4
allow user alice      output       on a 4
allow user 70000      input        on a 6
allow user 4294967294 input        on a 6
END

allowed "a user's own right" request lines=1 flags=input
who=bob refused "another user's right" "line request: policy 1:input" request lines=1 flags=input
who='' allowed "a uid without account" as 70000 , request lines=6 flags=input
who='' allowed "the largest uid" as 4294967294 , request lines=6 flags=input
who='' refused "a uid near it" "line request: policy 6:input" as 70001 , request lines=6 flags=input

who=bob allowed "setuid program: its owner's right" exec ./setuid-alice , request lines=1 flags=input
who=bob refused "setuid program: not its caller's right" "line request: policy 3:input" \
	exec ./setuid-alice , request lines=3 flags=input
who='' allowed "effective uid: of alice, the real one of bob" as 1001 , exec ./setuid-alice , request lines=1
who='' refused "effective uid: of alice, the real one of root" "line request: policy 3:input-or-output" \
	as =1000 , request lines=3
who=bob allowed "setuid root: its caller's right" exec ./setuid-root , request lines=3 flags=input
drives=3 who=bob refused "setuid root: no right of root's" "line request: policy 3:output" \
	exec ./setuid-root , request lines=3 flags=output attr=values:1:1
who=bob allowed "setuid root that becomes root, as sudo and su do" \
	exec ./setuid-root , as 0 , request lines=3 flags=output
who=bob refused "root, then the real uid is bob's again" "set values: policy 3:output" \
	exec ./setuid-root , as 0 , request lines=3 flags=output , set 1 1 , realuid 1001 , set 1 1
who='' allowed "effective uid: back to the real one" as 1001 , exec ./setuid-alice , as =1001 , request lines=3

who=carol allowed "supplementary group" request lines=2 flags=input
who=alice refused "not in the group" "line request: policy 2:input" request lines=2 flags=input
who='' allowed "effective group" as 1001:2000 , request lines=2 flags=input
who=bob allowed "setgid program" exec ./setgid-operators , request lines=2 flags=input
who='' refused "a user whose uid is the group's gid" "line request: policy 2:input" \
	as 2000:1001 , request lines=2 flags=input
who='' refused "a group whose gid is the user's uid" "line request: policy 1:input" \
	as 1001:1000:1000 , request lines=1 flags=input
for who in alice bob carol; do
	allowed "everyone: $who" request lines=4 flags=input
done
who=alice

who=alice allowed "allowed to everyone" request lines=5 flags=output
drives=5 who=bob refused "deny of a user wins over allow of everyone" "line request: policy 5:output" \
	request lines=5 flags=output attr=values:1:1
who=bob allowed "the deny is of one line" request lines=6 flags=output
who='' allowed "allowed to a group" as 1001:1001:2000 , request lines=0 flags=output
who=carol refused "deny of a user wins over allow of a group" "line request: policy 0:output" \
	request lines=0 flags=output
who=alice refused "deny of everyone wins over allow of a user" "line request: policy 4:output" \
	request lines=4 flags=output

who='' allowed "1000 groups" as 1001:1001:10000*999,2000 , request lines=2 flags=input
who='' allowed "1023 groups" as 1001:1001:10000*1022,2000 , request lines=2 flags=input
who='' refused "1024 groups" "line request: too-many-groups 2" as 1001:1001:10000*1023,2000 , request lines=2 flags=input
who='' refused "1100 groups" "line request: too-many-groups 2" as 1001:1001:10000*1099,2000 , request lines=2 flags=input

who='' refused "root of a user namespace is no root" "line request: policy 3:output" \
	as 1000 , newuser , request lines=3 flags=output
who='' allowed "root of a user namespace has its user's rights" as 1000 , newuser , request lines=1 flags=input
who=root drives=3 allowed "root is bypassed" request lines=3 flags=output attr=values:1:1
normal=EINVAL who=root allowed "root is bypassed, unknown command" raw chip 0xb499

load_policy <<END
set root enforce
chip a $main_is
allow user 0 input output on a 1
END
who=root allowed "root enforced: allowed" request lines=1 flags=input
who=bob refused "root enforced: setuid root is its caller" "line request: policy 1:input" \
	exec ./setuid-root , request lines=1 flags=input
who=root refused "root enforced: refused" "line request: policy 2:output" request lines=2 flags=output

load_policy --permissive <<END
chip a $main_is
allow user alice input on a 1
END
allowed "permissive: allowed" request lines=1 flags=input
drives=1 passes "permissive: what would be refused passes, audited" "line request: policy 1:output passed" \
	request lines=1 flags=output attr=values:1:1

rm -f setuid-alice setgid-operators setuid-root
finish
