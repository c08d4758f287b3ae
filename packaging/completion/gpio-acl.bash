# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for gpio-acl(8): commands, options, aggregates that are published, files.

_gpio_acl_words()
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

_gpio_acl_aggregates()
{
	local file names=

	for file in /run/gpio-acl/aggregates/*; do
		[ -f "$file" ] && names+=" ${file##*/}"
	done
	echo "$names"
}

# Which argument of the command the cursor is on, from 1; options and their values do not count.
_gpio_acl_argument()
{
	local i number=1

	for ((i = 2; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--policy | --group) ((i++)) ;;
		--*) ;;
		*) ((number++)) ;;
		esac
	done
	echo "$number"
}

_gpio_acl_explain()
{
	case $(_gpio_acl_argument) in
	1) mapfile -t COMPREPLY < <(compgen -u -- "$1") ;;
	2) _gpio_acl_words "$(_gpio_acl_aggregates) $(cd /dev && compgen -G 'gpiochip[0-9]*')" "$1" ;;
	4) _gpio_acl_words "info input output edges bias all" "$1" ;;
	esac
}

_gpio_acl_option()
{
	local options

	case $1 in
	load) options="--permissive --boot" ;;
	status | map | doctor) options="--json" ;;
	show) options="--loaded" ;;
	explain) options="--loaded --policy --group --json" ;;
	audit) options="--json --follow --since-boot" ;;
	resolve) options="--v1" ;;
	esac
	_gpio_acl_words "$options --help" "$2"
}

_gpio_acl()
{
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		_gpio_acl_words "load unload status check show explain audit pardon map resolve watch \
			doctor --help --version" "$word"
		return
	fi
	case ${COMP_WORDS[COMP_CWORD - 1]} in
	--policy)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--group)
		mapfile -t COMPREPLY < <(compgen -g -- "$word")
		return
		;;
	esac
	if [[ $word == -* ]]; then
		_gpio_acl_option "$command" "$word"
		return
	fi
	case $command in
	load | check | show | doctor) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	map | resolve) _gpio_acl_words "$(_gpio_acl_aggregates)" "$word" ;;
	explain) _gpio_acl_explain "$word" ;;
	pardon) _gpio_acl_words "all $(compgen -u)" "$word" ;;
	esac
}

complete -o filenames -F _gpio_acl gpio-acl
