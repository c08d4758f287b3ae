# SPDX-License-Identifier: GPL-2.0-or-later
"""What a policy grants, from the words of docs/architecture.md ("Policy language") alone.

Lines of a chip are one integer, bit n for line n. Nothing here knows how the product stores rules,
cuts lines into blocks or finds chips: it goes through all rules, one after the other.
"""

from dataclasses import dataclass, field
from typing import NamedTuple, Optional

# The rights, numbered as in the ABI; HOLD is "input or output".
INFO, INPUT, OUTPUT, EDGES, BIAS, HOLD = 1, 2, 4, 8, 16, 256
RIGHTS = {"info": INFO, "input": INPUT, "output": OUTPUT, "edges": EDGES, "bias": BIAS}
MAX_OFFSET = 65535
MAX_CHIP_NAME = 127
MAX_SHARERS = 4  # users who own one subordinate uid


class Chip(NamedTuple):
    """A chip of the machine; absent ones come after the policy was read."""

    name: str
    label: str
    device: Optional[str]
    num_lines: int
    line_names: dict  # of offsets
    present: bool


class Subuids(NamedTuple):
    """A line of /etc/subuid."""

    owner: Optional[int]  # None: nobody knows that name
    first: int
    count: int
    text: str


class Set(NamedTuple):
    setting: str
    value: str
    text: str


class ChipIs(NamedTuple):
    name: str
    by: str  # label, device, name
    value: str
    text: str


class Aggregate(NamedTuple):
    name: str
    parts: list  # (chip's name, items); an item is (first, last) or a line name
    text: str


class Rule(NamedTuple):
    deny: bool
    subjects: str  # user, group, everyone
    id: int
    rights: int
    target: str  # the name of an aggregate or a chip
    positions: Optional[list]  # (first, last) of an aggregate; None: all of it
    items: Optional[list]  # of a chip; None: the target is an aggregate
    memory_any: bool
    text: str


def matches(chip_is, chip):
    """Does the policy mean this chip? A name longer than a policy can hold is nobody's."""
    known = {"label": chip.label, "device": chip.device, "name": chip.name}[chip_is.by]
    return known is not None and len(known.encode()) <= MAX_CHIP_NAME and known == chip_is.value


def named_line(chip_is, name, chips):
    """The offset of a line name on the chips that are present: None when there is none yet.

    The policy is good, so there is one, the same on each.
    """
    for chip in chips:
        if chip.present and matches(chip_is, chip):
            return next(offset for offset, known in chip.line_names.items() if known == name)
    return None


def range_bits(first, last):
    return ((1 << last - first + 1) - 1) << first


@dataclass
class Meaning:
    """All that a policy (its statements, in any order) says on a machine."""

    statements: list
    chips: list
    subuids: list = field(default_factory=list)
    flags: int = 0
    rules: list = field(default_factory=list)  # (rule, {policy chip: bits})

    def __post_init__(self):
        of = lambda kind: [s for s in self.statements if isinstance(s, kind)]
        self.named = {c.name: c for c in of(ChipIs)}
        self.aggregates = {a.name: a for a in of(Aggregate)}
        self.rules = [(rule, self.target_bits(rule)) for rule in of(Rule)]
        flag = {("mode", "permissive"): 1, ("root", "enforce"): 2, ("info", "restricted"): 4}
        self.flags = sum(flag.get((s.setting, s.value), 0) for s in of(Set))
        if any(rule.memory_any for rule, _ in self.rules):
            self.flags += 8

    @property
    def restricted(self):
        return bool(self.flags & 4)

    def lines(self, chip, items):
        """(chip, offset) of each line, in order; the offset is None while nobody knows it."""
        for item in items:
            if isinstance(item, str):
                yield chip, named_line(self.named[chip], item, self.chips)
            else:
                for offset in range(item[0], item[1] + 1):
                    yield chip, offset

    def target_bits(self, rule):
        if rule.items is not None:
            lines = list(self.lines(rule.target, rule.items))
        else:
            lines = [line for chip, items in self.aggregates[rule.target].parts
                     for line in self.lines(chip, items)]
            if rule.positions is not None:
                lines = [lines[n] for first, last in rule.positions
                         for n in range(first, last + 1)]
        bits = {}
        for chip, offset in lines:
            if offset is None and rule.deny:  # it may be any line
                bits[chip] = bytearray(b"\xff") * (MAX_OFFSET // 8 + 1)
            elif offset is not None:
                bits.setdefault(chip, bytearray(MAX_OFFSET // 8 + 1))[offset // 8] |= 1 << offset % 8
        return {chip: int.from_bytes(b, "little") for chip, b in bits.items()}

    def owners_of(self, uid):
        """Whose subordinate uid it is, owners of owners too; None: that is not known."""
        owners, todo = set(), [uid]
        while todo:
            uid = todo.pop()
            for line in self.subuids:
                if not uid or not line.first <= uid < line.first + line.count:
                    continue  # root is nobody's
                if line.owner is None:
                    return None
                if line.owner not in owners:
                    owners.add(line.owner)
                    todo.append(line.owner)
        return owners if len(owners) <= MAX_SHARERS else None

    def owners(self, uid, makers):
        """Of a process, in user namespaces made by @makers; None: they are not known."""
        owners = [self.owners_of(user) for user in (uid, *makers)]
        return None if None in owners else set(makers).union(*owners)

    def grants(self, uid, gids, chip, only_memory_any=False, makers=()):
        """For each right, the lines of the chip that a subject has it on."""
        allow, deny = {}, {}
        owners = self.owners(uid, makers)
        if owners is None:
            return dict.fromkeys(RIGHTS.values(), 0)
        for rule, bits in self.rules:
            if only_memory_any and not rule.memory_any:
                continue
            theirs = {uid, *owners} if rule.deny else {uid}
            if (rule.subjects == "user" and rule.id not in theirs or
                    rule.subjects == "group" and rule.id not in gids):
                continue
            for name, lines in bits.items():
                if not matches(self.named[name], chip):
                    continue
                side = deny if rule.deny else allow
                for right in RIGHTS.values():
                    if rule.rights & right:
                        side[right] = side.get(right, 0) | lines
        return {right: allow.get(right, 0) & ~deny.get(right, 0) for right in RIGHTS.values()}


def lacks(grants, offset, need):
    """The part of what a line needs that is not granted."""
    if offset > MAX_OFFSET:
        return need
    has = sum(right for right, lines in grants.items() if lines >> offset & 1)
    if has & (INPUT | OUTPUT):
        has |= HOLD
    return need & ~has
