#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Audit records (JSON, standard input), short:
COMM <tab> command: reason [OFFSET[:lacking,...]]... [passed]"""
import json
import sys

for text in sys.stdin:
    record = json.loads(text)
    words = [f"{record['command']['word']}: {record['reason']}"]
    for line in record["lines"]:
        words.append(":".join(filter(None, [str(line["offset"]), ",".join(line["lacks"])])))
    if record["passed"]:
        words.append("passed")
    print(record["comm"], " ".join(words), sep="\t")
