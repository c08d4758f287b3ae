#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A policy of a given size for the benchmark.

    policy.py LABEL RULES CHIPS [CLAUSE]

The first rule is the one that lets user 1000 use lines 0-63 of the chip LABEL, with CLAUSE at its
end ("memory any"). The others are for other users and groups, on 64 lines of CHIPS chips, no two
of them on the same lines of the same subject: each is an entry of its own in the kernel's map.
"""

import sys

RIGHTS = ["input", "output", "input output", "input edges"]


def filler(i, chips):
    """The i-th rule that is not about who is measured."""
    subject = f"group {20000 + i // 16}" if i % 4 == 3 else f"user {20000 + i}"
    first = i * 7 % 60
    return f"allow {subject} {RIGHTS[i % len(RIGHTS)]} on chip{i % chips} {first}-{first + 3}"


def main():
    label, rules, chips = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    clause = "".join(" " + word for word in sys.argv[4:])
    print(f'chip chip0 label "{label}"')
    for i in range(1, chips):
        print(f'chip chip{i} label "bench-chip-{i:02}"')
    print(f"allow user 1000 info input output edges on chip0 0-63{clause}")
    for i in range(rules - 1):
        print(filler(i, chips))


main()
