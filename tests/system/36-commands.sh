#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2034,SC2119 # variables and functions of lib.sh
# shellcheck disable=SC2016 # what is expanded by `bash -c`
# The commands around a loaded policy: status, show, audit, map, resolve, explain, the published maps.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"
needs names sizes
plan 84

as_bob=(setpriv --reuid 1001 --regid 1001 --clear-groups)
maps=/run/gpio-acl/aggregates

load_policy <<'END'
chip a    label "lab-a"
chip b    label "lab-b"
chip gone label "lab-gone"
aggregate relays = a "RELAY0" 2-3 17
aggregate both   = a 5, b "DOOR"
aggregate absent = gone 4, a 4
aggregate later  = gone "ON"
allow user alice input output on relays[0-2] as "alice drives"
allow user alice input        on both
allow group operators all     on a 30
deny  everyone output         on a 3
allow everyone input          on absent
allow user bob input          on later
END

next "load: a chip that is not present is told, and what is"
loaded && has "$output" 'policy\.conf:3:17: note: no chip has label "lab-gone"; present: "lab-a", "lab-b"'

# ---- status

prints "status: enforcing" 0 "mode +enforcing" gpio-acl status
prints "status: the hooks" 0 "hooks +[0-9]+ attached" gpio-acl status
prints "status: the chips" 0 "gpiochip1 +lab-b +[^ ]+ +8 +b" gpio-acl status
prints "status: a chip that is not present" 0 "- +lab-gone +- +- +gone \(not present\)" gpio-acl status
next "status: JSON"
if loaded; then
	status_json=$(gpio-acl status --json)
	is "mode" enforcing "$(json mode <<<"$status_json")"
	is "rules" 6 "$(json rules <<<"$status_json")"
	is "aggregates" 4 "$(json aggregates <<<"$status_json")"
	is "hook" attached "$(json hooks file_ioctl_compat <<<"$status_json")"
	is "a hook for memory any" not_needed "$(json hooks file_alloc <<<"$status_json")"
	is "room" '{"quarantine": false}' "$(json full <<<"$status_json")"
	is "file" "$policy" "$(json file <<<"$status_json")"
	is "absent" '["gone"]' "$(json absent <<<"$status_json")"
fi
next "status: counters are exact"
if loaded; then
	before=$(gpio-acl status --json)
	for _ in 1 2 3; do
		./client as 1000 , open gpiochip0 , request lines=20 flags=input >/dev/null
	done
	./client as 1000 , open gpiochip0 , request lines=0 flags=input , get >/dev/null
	./client as 1000 , open gpiochip0 , raw chip 0xb499 >/dev/null
	after=$(gpio-acl status --json)
	is "policy" 3 $(($(json refused policy <<<"$after") - $(json refused policy <<<"$before")))
	is "unknown-command" 1 $(($(json refused unknown-command <<<"$after") - $(json refused unknown-command <<<"$before")))
	# Reading the state asks the chips, too: an allowed request of its own for each.
	(($(json allowed <<<"$after") - $(json allowed <<<"$before") >= 2)) || wrong "allowed did not rise by two"
	is "lost" 0 "$(json audit_lost <<<"$after")"
fi
# A pin that is away stands for a hook that is gone, and can be put back.
pins=/sys/fs/bpf/gpio-acl
declare -A remedies=([exit_mmap_fentry]="gpio-acl unload && gpio-acl load; then restart all programs that ask for lines"
	[file_receive]="load the policy again: gpio-acl load")
for hook in "${!remedies[@]}"; do
	next "status: the hook $hook is missing"
	if loaded; then
		mv $pins/links-*/"$hook" /sys/fs/bpf/away
		output=$(gpio-acl status)
		is "status" 1 "$?"
		has "$output" "mode +incomplete: .*gpio-acl doctor"
		has "$output" "$hook MISSING"
		output=$(gpio-acl status --json)
		is "mode" incomplete "$(json mode <<<"$output")"
		is "hook" missing "$(json hooks "$hook" <<<"$output")"
		output=$(gpio-acl doctor 2>&1)
		has "$output" "problem +hook +$hook is not attached"$'\n'" +remedy: .*${remedies[$hook]}"
		mv /sys/fs/bpf/away "$(echo $pins/links-*)/$hook"
		gpio-acl status >"$state/out" || wrong "the pin is back: $(<"$state/out")"
	fi
done

# Another ABI has maps of its own, and may have other hooks: what is pinned is renamed, as if it were of such a build.
next "an upgrade: doctor finds one fault, and does not advise to unload"
if loaded; then
	this_abi=$(echo $pins/maps-*)
	mv "$this_abi" $pins/maps-1
	mv $pins/links-*/exit_mmap_fentry /sys/fs/bpf/away
	mv $pins/links-* $pins/links-0000000000000000-0
	output=$(gpio-acl doctor 2>&1)
	has "$output" "problem +policy +the policy in force and its hooks are of another version of gpio-acl"
	[[ $output != *"gpio-acl unload"* ]] || wrong "$output"
fi
next "and a load replaces all of it"
if loaded; then
	gpio-acl load >"$state/out" 2>&1 || wrong "$(<"$state/out")"
	gpio-acl status >"$state/out" || wrong "$(<"$state/out")"
	is "maps" "$this_abi" "$(echo $pins/maps-*)"
	rm /sys/fs/bpf/away
fi

# ---- no room left in the kernel's memory

# set_full QUARANTINE: as the kernel's side does
set_full() {
	bpftool map update pinned "$(echo $pins/maps-*)/overflow" key 0 0 0 0 value "$@" >"$state/out" 2>&1 ||
		wrong "bpftool: $(<"$state/out")"
}
# alice_is WORD: of her request of a line that she may have
alice_is() {
	output=$(./client as 1000 , open gpiochip0 , request lines=0 flags=input)
	has "$output" "request: $1"
}
next "no room in the quarantine: status says so"
if loaded; then
	set_full 1
	bpftool map update pinned "$(echo $pins/maps-*)/quarantine" key 232 3 0 0 value 1 0 0 0 0 0 0 0 >"$state/out" 2>&1 ||
		wrong "bpftool: $(<"$state/out")"
	output=$(gpio-acl status)
	has "$output" "quarantine +alice\(1000\)"
	has "$output" "full +.*quarantine.*gpio-acl pardon all"
	is "JSON" '{"quarantine": true}' "$(gpio-acl status --json | json full)"
fi
next "no room in the quarantine: pardon of one user says what helps, and changes nothing"
if loaded; then
	output=$(gpio-acl pardon alice 2>&1)
	is "status" 1 "$?"
	has "$output" "gpio-acl pardon all"
	has "$(gpio-acl status)" "quarantine +alice\(1000\)"
fi
next "no room in the quarantine: pardon all lets everybody out"
if loaded; then
	output=$(gpio-acl pardon all) || wrong "status $?"
	has "$output" "users let out of the quarantine: 1, and everybody else"
	is "JSON" '{"quarantine": false}' "$(gpio-acl status --json | json full)"
	is "in quarantine" '[]' "$(gpio-acl status --json | json quarantine)"
	alice_is "done"
	output=$(gpio-acl status)
	[[ $output != *full* ]] || wrong "full: $output"
	is "again" "users let out of the quarantine: 0" "$(gpio-acl pardon all)"
fi
for command in status load unload audit watch; do
	prints "$command is root's" 1 "error: must be run as root: try sudo" "${as_bob[@]}" gpio-acl "$command"
done
prints "pardon is root's" 1 "error: must be run as root: try sudo" "${as_bob[@]}" gpio-acl pardon all
prints "unknown option" 2 "--help" gpio-acl status --nonsense
prints "an option that is nearly one" 2 "error: status: unknown option '--jsn'; did you mean '--json'\?" \
	gpio-acl status --jsn
prints "an option without its value" 2 "error: explain: option '--policy' needs a value" gpio-acl explain --policy
prints "an option with a value that it does not take" 2 "error: status: option '--json' takes no value" \
	gpio-acl status --json=yes
prints "options that exclude each other" 2 "error: load: --boot and --permissive exclude each other" \
	gpio-acl load --boot --permissive
for command in status unload audit watch; do
	prints "$command takes no argument" 2 "error: $command: unexpected argument 'now'" gpio-acl "$command" now
done
prints "an argument too few" 2 "error: pardon: missing argument; usage: gpio-acl pardon USER\|UID\|all" gpio-acl pardon
prints "unknown command" 2 "unknown command 'nonsense'[^;]" gpio-acl nonsense
prints "a command that is nearly one" 2 "unknown command 'stats'; did you mean 'status'\?" gpio-acl stats
prints "pardon: a uid that is beyond the last" 1 "beyond 4294967294" gpio-acl pardon 4294967295
prints "pardon: nobody of this name" 1 "unknown user \"-1\"" gpio-acl pardon -- -1

# ---- show

next "show --loaded is the policy, and parses to itself"
if loaded; then
	gpio-acl show --loaded >"$state/shown" || wrong "show --loaded fails"
	is "of the file" "$(gpio-acl show "$policy")" "$(<"$state/shown")"
	is "of what is shown, rules" "$(grep -v '^#' "$state/shown" | sed 's/ *# .*//')" \
		"$(gpio-acl show "$state/shown" | grep -v '^#' | sed 's/ *# .*//')"
fi
next "show --loaded does not look at the file"
if loaded; then
	echo "nonsense" >"$policy"
	is "shown" "$(<"$state/shown")" "$(gpio-acl show --loaded)"
fi

# ---- audit

next "audit: a second reader is refused and told of the first"
if loaded; then
	gpio-acl audit --follow >"$state/follow" 2>&1 &
	reader=$!
	locked() { [ -s /run/gpio-acl/audit.lock ] && grep -q "^$reader " /run/gpio-acl/audit.lock; }
	soon locked || wrong "the first does not lock"
	output=$(gpio-acl audit --since-boot 2>&1) && wrong "two at a time"
	has "$output" "process $reader "
fi
next "audit --follow: a refusal as it happens"
if loaded; then
	./client name follows.me , as 1000 , open gpiochip0 , request lines=2,3,20 flags=output >/dev/null
	seen() { grep -q "follows\.me" "$state/follow"; }
	soon seen || wrong "nothing is seen"
	has "$(<"$state/follow")" \
		"refused alice \(1000:1000\) follows\.me\[[0-9]+\] line request on gpiochip0 \"lab-a\": lines 3 20: output; line 2: allowed"
	has "$(<"$state/follow")" "hint: why: gpio-acl explain alice gpiochip0 3 output"
	kill -INT "$reader"
	wait "$reader"
	is "status after an interrupt" 0 "$?"
fi
next "audit --since-boot: what was followed is kept"
if loaded; then
	gpio-acl audit --since-boot --json >"$state/records" || wrong "status $?"
	is "records" 1 "$(grep -c follows.me "$state/records")"
	tail -n 1 "$state/records" >"$state/record"
	grep follows.me "$state/records" >"$state/record"
	is "uid" 1000 "$(json uid <"$state/record")"
	is "user" alice "$(json user <"$state/record")"
	is "label" lab-a "$(json label <"$state/record")"
	is "need" '["output"]' "$(json lines 0 need <"$state/record")"
	is "lacks" '[]' "$(json lines 0 lacks <"$state/record")"
	is "lacks" '["output"]' "$(json lines 1 lacks <"$state/record")"
fi
next "audit: a hostile program name"
if loaded; then
	./client name $'\e[2J\n\xff"{' , as 1000 , open gpiochip0 , request lines=21 flags=input >/dev/null
	output=$(gpio-acl audit --since-boot | tail -n 3)
	has "$output" 'x1b\[2J'
	[[ $output != *$'\e'* ]] || wrong "an escape is printed"
	is "lines" 3 "$(wc -l <<<"$output")"
	gpio-acl audit --since-boot --json | tail -n 1 | json comm >"$state/out" || wrong "no JSON"
fi

# ---- published maps

published() {
	printf '# gpio-acl aggregate 1 %s\n' "$1"
	shift
	printf '%s\t%s\t%s\t%s\t%s\n' "$@"
}
next "published: an aggregate"
if loaded; then
	is "relays" "$(published relays 0 gpiochip0 0 RELAY0 lab-a 1 gpiochip0 2 RELAY2 lab-a \
		2 gpiochip0 3 RELAY3 lab-a 3 gpiochip0 17 - lab-a)" "$(<$maps/relays)"
	is "modes" "755 755 644" "$(stat -c %a /run/gpio-acl $maps $maps/relays | xargs)"
	is "folder" "absent both later relays" "$(cd $maps && echo *)"
fi
next "published: two chips"
loaded && is "both" "$(published both 0 gpiochip0 5 LED1 lab-a 1 gpiochip1 0 DOOR lab-b)" "$(<$maps/both)"
next "published: a chip that is absent"
loaded && is "absent" "$(published absent 0 - 4 - lab-gone 1 gpiochip0 4 LED0 lab-a)" "$(<$maps/absent)"

prints "map, by anyone" 0 "RELAY2" "${as_bob[@]}" gpio-acl map relays
prints "map of all" 0 "DOOR" "${as_bob[@]}" gpio-acl map
prints "map of none" 1 "nothing" "${as_bob[@]}" gpio-acl map nothing
next "map --json"
loaded && is "fields" '{"aggregate": "both", "line": 1, "chip": "gpiochip1", "offset": 0, "name": "DOOR", "label": "lab-b"}' \
	"$(gpio-acl map --json both | json lines 1)"

prints "resolve" 0 "^-c gpiochip0 0 2 3 17$" "${as_bob[@]}" gpio-acl resolve relays
prints "resolve a slice with values" 0 "^-c gpiochip0 3=1 0=0$" gpio-acl resolve 'relays[2,0]=1,0'
prints "resolve --v1" 0 "^gpiochip0 2 3$" gpio-acl resolve --v1 'relays[1-2]'
prints "resolve over two chips" 1 "gpiochip1" gpio-acl resolve both
prints "resolve an absent chip" 1 "absent|present" gpio-acl resolve absent
prints "explain an absent chip: its line's name and its label" 1 \
	"on later line 0 \(chip gone, label \"lab-gone\", not present, ON\)" gpio-acl explain bob later 0 input
prints "explain an absent chip: its label, as JSON" 1 '"label":"lab-gone".*"name":"ON"' \
	gpio-acl explain --json bob later 0 input
prints "explain an absent chip: an offset" 0 "on gone line 4 \(chip gone, label \"lab-gone\", not present, line 4\)" \
	gpio-acl explain bob gone 4 input
prints "resolve a position that is not there" 1 "4" gpio-acl resolve 'relays[4]'

next "resolve feeds gpioset"
if loaded; then
	setpriv --reuid 1000 --regid 1000 --clear-groups bash -c \
		'gpioset -t0 -p 2s $(gpio-acl resolve "relays[1]=1")' >"$state/out" 2>&1 &
	is_high() { [ "$(line_value "$main" 2)" = 1 ]; }
	soon is_high || wrong "line 2 is not driven: $(<"$state/out")"
	wait $! || wrong "gpioset fails: $(<"$state/out")"
fi
next "a map that is gone goes, one that is new comes"
load_policy <<'END'
chip a label "lab-a"
chip b label "lab-b"
aggregate relays = a 1
aggregate fresh  = b 0
allow user alice input output on relays
allow user carol input        on fresh
allow group operators input edges on a 8-9
allow everyone output         on a 8-9
deny  user bob output         on a 9
allow user carol edges        on a 12
chip n device "nowhere"
aggregate nowhere = n 1
allow user carol input        on nowhere
END
if loaded; then
	is "folder" "fresh nowhere relays" "$(cd $maps && echo *)"
	is "relays" "$(published relays 0 gpiochip0 1 RELAY1 lab-a)" "$(<$maps/relays)"
fi

prints "resolve a chip that is absent and not known by its label" 1 "not present, and that the policy knows by another name" \
	gpio-acl resolve nowhere

# ---- explain: its verdict is the kernel's

# explained NAME VERDICT USER CHIP LINE RIGHT
explained() {
	local flags=input wanted=$2
	next "explain $1"
	loaded || return 0
	shift 2
	output=$(gpio-acl explain --loaded "$1" "$2" "$3" "$4" 2>&1)
	status=$?
	case $4 in
	output) flags=output ;;
	edges) flags=input+rising ;;
	esac
	result=0
	./client as "${users[$1]}" , open "${5-$2}" , request "lines=${6-$3}" "flags=$flags" >"$state/out" || result=1
	is "explain ($output)" "$wanted" "$status"
	is "kernel ($(<"$state/out"))" "$wanted" "$result"
}

explained "an allow" 0 alice gpiochip0 1 output
explained "no rule" 1 alice gpiochip0 2 output
explained "another's rule" 1 bob gpiochip0 1 input
explained "an aggregate" 0 carol fresh 0 input gpiochip1 0
explained "everyone" 0 alice gpiochip0 9 output
explained "a deny" 1 bob gpiochip0 9 output
explained "edges without input" 1 carol gpiochip0 12 edges
explained "root" 0 root gpiochip0 40 output
prints "explain names the rule's place" 1 "policy\.conf:9: deny" gpio-acl explain --loaded bob a 9 output
prints "explain: who may drive a line, by a program that asks for it as an input first" 1 \
	"hint: gpiozero and others.*granted to alice on this line: output" gpio-acl explain --loaded alice gpiochip0 9 input
prints "explain: what refuses a program all the same" 0 "a program with threads is refused.*without a record" \
	gpio-acl explain --loaded alice gpiochip0 1 output
prints "explain: edges without input, and why" 1 "no rule allows input.*edges need input too" \
	gpio-acl explain --loaded carol a 12 edges
prints "explain: a uid beyond the last" 1 "beyond 4294967294" gpio-acl explain 4294967295 a 1 input
prints "explain: one line at a time" 1 "\"1-2\": ask for one line at a time" gpio-acl explain alice a 1-2 input
prints "explain: a name that is nearly one" 1 "near names: \"relays\"" gpio-acl explain alice relay 1 input
prints "explain: another group" 0 "policy\.conf:7: allow" gpio-acl explain --loaded --group operators bob a 8 edges

loaded && load_policy --permissive < <(cat "$policy")
prints "status: permissive" 3 "mode +permissive" gpio-acl status
prints "status: what was refused is not said to have passed" 3 "not allowed +[1-9]" gpio-acl status
next "status: permissive, JSON"
loaded && is "mode" permissive "$(gpio-acl status --json | json mode)"

# ---- the file's name

next "load: a relative path is kept as absolute"
if loaded; then
	(cd "${policy%/*}" && gpio-acl load "./${policy##*/}") >"$state/out" 2>&1 || wrong "load fails: $(<"$state/out")"
	is "file" "$policy" "$(gpio-acl status --json | json file)"
	has "$(gpio-acl explain bob a 9 output)" "denied by $policy:9: deny"
fi
prints "explain: a relative path" 1 "^policy: $policy"$'\n'".*denied by $policy:9: " \
	env -C / gpio-acl explain --policy "${policy#/}" bob a 9 output
prints "explain: standard input" 1 "^policy: standard input"$'\n'".*denied by standard input:9: " \
	bash -c "gpio-acl explain --policy - bob a 9 output <$policy"
prints "load: standard input" 0 "standard input: in force as generation" bash -c "gpio-acl load - <$policy"

# ---- what is installed beside the command

next "README, CHANGELOG and the pages that they name are installed"
if loaded; then
	for file in README.md CHANGELOG.md SECURITY.md docs/install.md docs/security.md; do
		[ -s /usr/share/doc/gpio-acl/$file ] || wrong "there is no $file"
	done
fi
# completes WORD...: what the last one can become
completes() {
	COMP_WORDS=(gpio-acl "$@")
	COMP_CWORD=$#
	_gpio_acl
	echo "${COMPREPLY[*]}"
}
next "completion: whom to pardon"
if loaded; then
	# shellcheck source=packaging/completion/gpio-acl.bash
	. /usr/share/bash-completion/completions/gpio-acl
	is "al" "all alice" "$(completes pardon al)"
	is "bo" "bob" "$(completes pardon bo)"
fi

finish
