#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Random policies for this machine's chips, and what each grants, for fuzz.c.

    prepare.py FOLDER SEED POLICIES SUBJECTS

Runs in the guest. Writes FOLDER/N.conf for each policy and, for each subject M, FOLDER/N-M.table:
what it is granted. The policies and their meaning are those of tests/oracle, which nothing of the
product is in.
"""

import fcntl
import os
import random
import struct
import sys

sys.dont_write_bytecode = True

import policies
from meaning import RIGHTS, Chip, Meaning, Set

CHIP_INFO, LINE_INFO = 0x8044B401, 0xC100B405
MAX_LINES = 64  # of a chip here, as many as a word of a table has bits

policies.USERS = {"alice": 1000, "bob": 1001, "carol": 1002}
policies.GROUPS = {"operators": 2000, "alice": 1000, "bob": 1001}
policies.UIDS = [990, 1000, 1001, 1002]
policies.GIDS = [990, 1000, 1001, 2000, 2001]


def text(data):
    return data.split(b"\0")[0].decode()


def read_chip(name):
    with open(f"/dev/{name}", "rb", buffering=0) as chip:
        _, label, num_lines = struct.unpack("32s32sI", fcntl.ioctl(chip, CHIP_INFO, bytes(68)))
        names = {}
        for offset in range(num_lines):
            info = struct.pack("32s32sI", b"", b"", offset).ljust(256, b"\0")
            names[offset] = text(fcntl.ioctl(chip, LINE_INFO, info)[:32])
    parent = os.path.basename(os.path.realpath(f"/sys/bus/gpio/devices/{name}/.."))
    return Chip(name, text(label), parent, num_lines,
                {offset: name for offset, name in names.items() if name}, True)


def random_subject(rng, meanings):
    """(uid, gids)"""
    rules = [rule for meaning in meanings for rule, _ in meaning.rules]
    uids = [rule.id for rule in rules if rule.subjects == "user" and rule.id]
    gids = [rule.id for rule in rules if rule.subjects == "group"]
    groups = rng.sample(gids * 2 + policies.GIDS, rng.choice([1, 1, 2, 4]))
    return rng.choice(uids * 3 + policies.UIDS), list(dict.fromkeys(groups))


def busy_subject(rng, meanings, chips):
    """Of a few, the one with the most grants: whoever gets no request tests little."""
    def lines(subject):
        return sum(bits.bit_count() for meaning in meanings for chip in chips
                   for bits in meaning.grants(*subject, chip).values())

    return max((random_subject(rng, meanings) for _ in range(4)), key=lines)


def write_table(path, meaning, chips, uid, gids):
    with open(path, "w") as table:
        print(int(meaning.restricted), meaning.flags & 1, uid, len(gids), *gids, file=table)
        for chip in chips:
            grants = meaning.grants(uid, gids, chip)
            print(f"/dev/{chip.name}", chip.num_lines,
                  *[f"{grants[right]:x}" for right in RIGHTS.values()], file=table)


def main():
    folder, seed, num_policies, subjects = sys.argv[1], *map(int, sys.argv[2:])
    rng = random.Random(seed)
    chips = [read_chip(name) for name in sorted(os.listdir("/sys/bus/gpio/devices"))]
    chips = [chip for chip in chips if chip.num_lines <= MAX_LINES]
    policies.LABELS = [chip.label for chip in chips] + ["absent"]
    policies.DEVICES = [None] + [chip.device for chip in chips]
    policies.NAMES = sorted({name for chip in chips for name in chip.line_names.values()})
    meanings = []
    for n in range(num_policies):
        # Root is asked which lines are outputs, so it has to be told.
        statements = [statement for statement in policies.random_policy(rng, chips)
                      if not (isinstance(statement, Set) and statement.setting == "root")]
        meanings.append(Meaning(statements, chips))
        with open(f"{folder}/{n}.conf", "w") as policy:
            policy.write(policies.text_of(statements))
    for m in range(subjects):
        subject = busy_subject(rng, meanings, chips)
        for n, meaning in enumerate(meanings):
            write_table(f"{folder}/{n}-{m}.table", meaning, chips, *subject)


main()
