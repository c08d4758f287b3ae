# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests/bench/run measured, as tables, as JSON and as a chart, with the goals beside."""

import collections
import math

OPERATIONS = {
    "fionread": "non-GPIO ioctl (FIONREAD)",
    "open": "open and close a file",
    "info": "line info",
    "input-1": "request and close 1 input",
    "output-1": "request and close 1 output",
    "input-64": "request and close 64 inputs",
    "output-64": "request and close 64 outputs",
    "set-1": "set values, 1 line",
    "set-64": "set values, 64 lines",
    "get-1": "get values, 1 line",
    "get-64": "get values, 64 lines",
    "edge": "edge event round trip",
    "refused": "refused request, audited",
}
BASES = {"none": "no program", "floor": "empty", "aggregator": "aggregator"}
COLORS = {"none": "#b0b0b0", "floor": "#7aa6c2", "aggregator": "#d8a657", "gpio-acl": "#b34040"}
MIB = 1 << 20

Figure = collections.namedtuple("Figure", "median least most")
Goal = collections.namedtuple("Goal", "name goal figure met")


class Case(collections.namedtuple("Case", "rules chips groups clause")):
    @property
    def policy(self):
        return f"{self.rules}-{self.chips}{'-any' if self.clause else ''}"

    @property
    def key(self):
        return f"{self.policy}:{self.groups}"

    def title(self):
        return (f"{self.rules}/{self.chips}/{self.groups}" + (" any" if self.clause else ""))


class Results:
    """@lines: what ./guest printed, as words; @checks: rules to (seconds, KiB) on this machine"""

    def __init__(self, guest, cases, lines, checks):
        self.guest = guest
        self.cases = cases
        self.checks = checks
        self.costs = collections.defaultdict(dict)  # operation to case to Figure
        self.floor_hooks, self.loads, self.audit = [], {}, {}
        for line in lines:
            getattr(self, "read_" + line[0])(*line[1:])
        self.check()

    # ---- the guest's lines

    def read_kernel(self, release):
        self.kernel = release

    def read_op(self, case, operation, *figures):
        self.costs[operation][case] = Figure(*map(float, figures))

    def read_floor(self, hook):
        self.floor_hooks.append(hook)

    def read_hooks(self, *hooks):
        self.hooks = hooks

    def read_lost(self, lost):
        self.lost = int(lost)

    def read_load(self, rules, instructions, kib, kernel_bytes):
        self.loads[int(rules)] = (int(instructions), int(kib), int(kernel_bytes))

    def read_check(self, rules, instructions, _kib):
        """One nanosecond an instruction there; here as fast as this machine is."""
        self.speed = int(instructions) / self.checks[int(rules)][0]

    def read_audit(self, form, records, instructions):
        self.audit.setdefault(form, {})[int(records)] = int(instructions)

    def check(self):
        """Was all measured, and what it says it is?"""
        others = set(self.floor_hooks) ^ (set(self.hooks) - {"file_alloc", "storage"})
        if others:
            raise SystemExit(f"bench: floor.bpf.c has other hooks than those at work: {others}")
        if self.lost:
            raise SystemExit(f"bench: {self.lost} audit records were lost: refusals were measured "
                             "that made none")
        for operation, costs in self.costs.items():
            for case in [c.key for c in self.cases] + list(BASES)[:2]:
                if case not in costs and not (operation == "refused" and case in BASES):
                    raise SystemExit(f"bench: {operation} was not measured with {case}")

    # ---- figures

    def cost(self, operation, case):
        """The median; None where there is none."""
        figure = self.costs[operation].get(case)
        return figure and figure.median

    def ratio(self, operation, case, base):
        cost, of_base = self.cost(operation, case), self.cost(operation, base)
        return cost / of_base if cost and of_base else None

    def native_load(self, rules):
        """Seconds of processor time here, by the instructions of loading there."""
        return self.loads[rules][0] / self.speed

    def instructions_a_record(self, form):
        none, some = sorted(self.audit[form])
        return (self.audit[form][some] - self.audit[form][none]) / (some - none)

    def growth(self, base, largest):
        """The worst operation between two cases: (ratio, operation)"""
        return max((self.ratio(operation, largest, base), operation) for operation in self.costs)

    def goals(self):
        acl = self.cases[0].key
        above = self.cost("fionread", acl) - self.cost("fionread", "floor")
        opened = self.ratio("open", acl, "none")
        set_ratio = self.ratio("set-1", acl, "none")
        goals = [Goal("non-GPIO ioctl, above the empty program", "at most 15 instructions",
                      f"{above:.0f}", above <= 15),
                 Goal("open and close of a file", "as without, within 1 %", f"{opened:.3f}x",
                      abs(opened - 1) <= 0.01),
                 Goal("set values, one line, above no program", "at most 1.30x",
                      f"{set_ratio:.2f}x", set_ratio <= 1.30)]
        if self.cost("set-1", "aggregator"):
            less = self.ratio("set-1", acl, "aggregator")
            goals.append(Goal("set values, one line", "less than gpio-aggregator",
                              f"{less:.2f}x of it", less < 1))
        for lines in (1, 64):
            ratio, worst = max((self.ratio(f"{kind}-{lines}", acl, "none"), kind)
                               for kind in ("input", "output"))
            goals.append(Goal(f"request and close, {lines} line{'s'[:lines > 1]}", "at most 1.25x",
                              f"{ratio:.2f}x ({worst})", ratio <= 1.25))
        ratio, worst = max(self.growth(small.key, large.key) for small, large in self.extremes())
        goals.append(Goal("largest policy against smallest, any operation", "at most 1.03x",
                          f"{ratio:.3f}x ({worst})", ratio <= 1.03))
        seconds = self.native_load(100000)
        goals.append(Goal("100,000 rules: parse, compile and load", "under 1 s", f"{seconds:.2f} s",
                          seconds < 1))
        ratio = self.checks[1000000][1] / self.checks[100000][1]
        goals.append(Goal("memory, 1,000,000 rules against 100,000", "at most 10x",
                          f"{ratio:.2f}x", ratio <= 10))
        return goals

    def extremes(self):
        """(smallest, largest) policy for each number of groups that has both"""
        size = lambda case: (case.rules, case.chips)
        for groups in sorted({case.groups for case in self.cases}):
            of_groups = sorted((c for c in self.cases if c.groups == groups and not c.clause),
                               key=size)
            yield of_groups[0], of_groups[-1]

    # ---- tables

    def tables(self):
        return "\n\n".join([self.operations_table(), self.cases_table(), self.sizes_table(),
                            self.audit_table(), self.goals_table()])

    def operations_table(self):
        acl = self.cases[0].key
        rows = [[title, *[number(self.cost(op, case)) for case in [*BASES, acl]],
                 times(self.ratio(op, acl, "none")), times(self.ratio(op, acl, "floor")),
                 times(self.ratio(op, acl, "aggregator"))] for op, title in OPERATIONS.items()]
        return (f"Instructions an operation (median), guest {self.guest}, kernel {self.kernel}\n" +
                table(["", *BASES.values(), "gpio-acl", "/none", "/empty", "/aggr."], rows))

    def cases_table(self):
        rows = [[title, *[number(self.cost(op, case.key)) for case in self.cases]]
                for op, title in OPERATIONS.items()]
        return ("The same under other policies: rules/chips/groups of the user, memory any\n" +
                table(["", *[case.title() for case in self.cases]], rows))

    def sizes_table(self):
        rows = [[f"{rules:,}", f"{seconds:.3f}", f"{kib / 1024:.1f}",
                 number(self.loads[rules][0] / 1e6), f"{self.native_load(rules):.3f}",
                 f"{self.loads[rules][1] / 1024:.1f}", f"{self.loads[rules][2] / MIB:.1f}"]
                for rules, (seconds, kib) in self.checks.items()]
        return ("Policies on 64 chips: processor time here, peak memory; load is counted in the "
                "guest, its seconds are\nfor this machine by the instructions of check\n" +
                table(["rules", "check s", "MiB", "load 10^6", "load s", "MiB", "kernel MiB"],
                      rows))

    def audit_table(self):
        rows = []
        for form in self.audit:
            cost = self.instructions_a_record(form)
            rows.append([form, number(cost), number(1e9 / cost), number(self.speed / cost)])
        return ("Reading the audit: at 10^9 instructions a second, and as fast as this machine\n" +
                table(["", "instr. a record", "records/s", "records/s here"], rows))

    def goals_table(self):
        rows = [[goal.name, goal.goal, goal.figure, "met" if goal.met else "MISSED"]
                for goal in self.goals()]
        return table(["", "goal", "figure", ""], rows)

    # ---- JSON

    def as_json(self):
        return {
            "guest": self.guest,
            "kernel": self.kernel,
            "cases": {case.key: case._asdict() for case in self.cases},
            "instructions": {op: {case: figure._asdict() for case, figure in costs.items()}
                             for op, costs in self.costs.items()},
            "check": {rules: {"seconds": seconds, "kib": kib}
                      for rules, (seconds, kib) in self.checks.items()},
            "load": {rules: {"instructions": instructions, "native_seconds": self.native_load(rules),
                             "kib": kib, "kernel_bytes": kernel_bytes}
                     for rules, (instructions, kib, kernel_bytes) in self.loads.items()},
            "audit_instructions_a_record": {form: self.instructions_a_record(form)
                                            for form in self.audit},
            "native_instructions_a_second": self.speed,
            "goals": [goal._asdict() for goal in self.goals()],
        }

    # ---- chart

    def chart(self):
        """Bars: each operation, relative to no program at all."""
        acl = self.cases[0].key
        columns = {**{case: (BASES[case], COLORS[case]) for case in BASES},
                   acl: ("gpio-acl", COLORS["gpio-acl"])}
        shown = [op for op in OPERATIONS if self.cost(op, "none")]
        left, width, bar, gap, top = 220, 620, 11, 12, 60
        longest = max(self.ratio(op, case, "none") or 0 for op in shown for case in columns)
        scale = width / max(2, math.ceil(longest))
        height = top + len(shown) * (bar * len(columns) + gap) + 30
        parts = [text(20, 24, f"Cost of GPIO operations, no program = 1 (kernel {self.kernel})",
                      size=15)]
        for i, (title, color) in enumerate(columns.values()):
            parts.append(rect(left + 140 * i, 36, 12, 12, color))
            parts.append(text(left + 140 * i + 17, 46, title))
        for mark in range(max(2, math.ceil(longest)) + 1):
            x = left + mark * scale
            parts.append(f'<line x1="{x:.0f}" y1="{top - 6}" x2="{x:.0f}" y2="{height - 24}" '
                         'stroke="#ddd"/>')
            parts.append(text(x, height - 10, f"{mark}x", anchor="middle"))
        y = top
        for op in shown:
            parts.append(text(left - 8, y + bar * len(columns) / 2 + 4, OPERATIONS[op],
                              anchor="end"))
            for case, (_, color) in columns.items():
                ratio = self.ratio(op, case, "none")
                if ratio:
                    parts.append(rect(left, y, ratio * scale, bar - 1, color))
                    parts.append(text(left + ratio * scale + 3, y + bar - 2, f"{ratio:.2f}",
                                      size=9))
                y += bar
            y += gap
        return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 60}" '
                f'height="{height}" font-family="sans-serif">\n'
                '<rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) +
                "\n</svg>\n")


def rect(x, y, width, height, color):
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" fill="{color}"/>'


def text(x, y, words, size=12, anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{words}</text>'


def number(value):
    return "-" if value is None else f"{value:,.0f}"


def times(value):
    return "-" if value is None else f"{value:.2f}x"


def table(head, rows):
    """Columns of words, the first to the left."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    return "\n".join("  ".join(word.rjust(width) if i else word.ljust(width)
                               for i, (word, width) in enumerate(zip(row, widths))).rstrip()
                     for row in [head, *rows])
