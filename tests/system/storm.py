#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Audit records (JSON, standard input) of 40-reload.sh: is each of one of its two policies? The lines of a record
that lack something are those of the request less the lines that the first or the second allows."""
import json
import sys

total = wrong = 0
for text in sys.stdin:
    record = json.loads(text)
    if record["comm"] != "40.storm":
        continue
    total += 1
    lines = {line["offset"] for line in record["lines"]}
    lacking = {line["offset"] for line in record["lines"] if line["lacks"]}
    if record["reason"] != "policy" or lacking not in (lines - {1, 2}, lines - {1, 3}):
        wrong += 1
        print("neither policy's:", text.strip())
print(f"{total} records, {wrong} of them wrong")
sys.exit(wrong > 0 or total == 0)
