# SPDX-License-Identifier: GPL-2.0-or-later
"""Random machines and good policies of the whole language, as statements with their text."""

from meaning import (MAX_CHIP_NAME, MAX_OFFSET, RIGHTS, Aggregate, Chip, ChipIs, Rule, Set,
                     Subuids, matches, range_bits)

USERS = {"alice": 1000, "bob": 1001, "on": 1002, "svc.x": 990, "odd \"one\"": 65534}
GROUPS = {"operators": 2000, "alice": 1000, "all": 2001, "a b": 5}
UIDS = [0, 5, 990, 1000, 1001, 1002, 2000, 65534, 2**32 - 2]
GIDS = [0, 5, 990, 1000, 2000, 2001, 2**32 - 2]

# Around the 16 bytes of a step, beginnings of each other, and whatever a string can hold.
LABELS = ["lab", "lab-a", "lab-a2", "pinctrl-bcm2835", "a" * 15, "a" * 16, "a" * 17,
          "a" * 16 + "b", "a" * 31, "a" * 32, "a" * 33, "a" * 32 + "b" * 16, "c" * 126, "c" * 127,
          "c" * 128, "c" * 140, "gpiochip1", "say \"hi\" \\o/", "größe №1", "on", "# none",
          "two  words, [0]=", "gpio-sim.0-node0"]
DEVICES = [None, "gpio-sim.0-node0", "gpio-sim.0-node1", "0003:10C4:EA90.0001",
           "0003:10C4:EA90.0002", "1-1.4:1.0", "lab-a", "gpiochip0", "a" * 16]
NAMES = ["RELAY0", "RELAY1", "DOOR", "17", "4-5", "q\"uo\\te", "ä", "input", "# x"]
WORDS = ["header", "board", "relays", "on", "as", "memory", "all", "user", "everyone", "allow",
         "chip", "_", "a-b", "Z9", "x" * 64, "deny", "label", "info", "any", "set"]
EDGES = [0, 1, 2, 31, 32, 62, 63, 64, 65, 127, 128, 191, 192, 255, 256, 4095, 4096, 65471, 65472,
         MAX_OFFSET - 1, MAX_OFFSET]


def quoted(string):
    return '"' + string.replace("\\", "\\\\").replace('"', '\\"') + '"'


def random_chip(rng, number, present):
    num_lines = rng.choice([1, 8, 54, 63, 64, 65, 128, 256, 300, MAX_OFFSET + 1])
    if num_lines > 300 and rng.random() < 0.7:
        num_lines = 64
    names = {}
    if rng.random() < 0.7:
        for offset in rng.sample(range(min(num_lines, 70)), min(num_lines, 6)):
            names[offset] = rng.choice(NAMES)
    return Chip(f"gpiochip{number}", rng.choice(LABELS), rng.choice(DEVICES), num_lines, names,
                present)


class Machine(list):
    """Chips, and the lines of /etc/subuid."""

    subuids = ()


def random_subuids(rng):
    owner = rng.choice(list(USERS) + UIDS + ["nobody knows"] * 2)
    first = rng.choice([0, 1, 989, 990, 999, 1000, 1001, 1002, 4242, 65534, 2**32 - 3])
    count = rng.choice([0, 1, 1, 2, 3, 3200])
    return Subuids(USERS.get(owner, owner if isinstance(owner, int) else None), first, count,
                   f"{owner}:{first}:{count}\n")


def random_machine(rng):
    chips = [random_chip(rng, n, True) for n in range(rng.randrange(0, 4))]
    chips += [random_chip(rng, len(chips) + n, False) for n in range(rng.randrange(1, 3))]
    machine = Machine(chips)
    machine.subuids = [random_subuids(rng) for _ in range(rng.choice([0, 0, 1, 2, 3, 8]))]
    return machine


class Writer:
    """Writes one policy for a machine."""

    def __init__(self, rng, chips):
        self.rng = rng
        self.chips = chips
        self.words = rng.sample(WORDS, len(WORDS))
        self.chip_names = {}  # of the policy, to ChipIs
        self.aggregates = {}  # to their number of lines

    def blank(self):
        return self.rng.choice([" "] * 6 + ["  ", "\t", " \t "])

    def join(self, *words):
        """A statement's text: any blanks, perhaps a comment."""
        text = "".join(self.blank() + word for word in words)
        text = text.lstrip() if self.rng.random() < 0.9 else text
        if self.rng.random() < 0.1:
            text += self.blank() + self.rng.choice(["#", "# allow everyone all on x", "#\t\"ä"])
        return text

    def comma(self):
        return self.rng.choice([",", ", ", " , ", ", "])

    # ---- chips and lines

    def selectors(self):
        """What chips can be known by, mostly those of the machine."""
        known = []
        for chip in self.chips:
            known += [("label", chip.label), ("name", chip.name)]
            if chip.device:
                known.append(("device", chip.device))
        known += [("label", self.rng.choice(LABELS)), ("device", self.rng.choice(DEVICES[1:])),
                  ("name", "gpiochip9")]
        known = [(by, value) for by, value in known if len(value.encode()) <= MAX_CHIP_NAME]
        known = sorted(set(known))
        return self.rng.sample(known, min(len(known), self.rng.randrange(1, 7)))

    def write_chips(self):
        for by, value in self.selectors():
            name = self.words.pop()
            text = self.join("chip", name, by, quoted(value))
            self.chip_names[name] = ChipIs(name, by, value, text)
        return list(self.chip_names.values())

    def present(self, name):
        return [c for c in self.chips if c.present and matches(self.chip_names[name], c)]

    def num_lines(self, name):
        return min([c.num_lines for c in self.present(name)], default=MAX_OFFSET + 1)

    def usable_names(self, name):
        """Line names to offsets: one line each, the same on all such chips; absent: all, None."""
        present = self.present(name)
        if not present:
            return dict.fromkeys(NAMES)
        usable = {}
        for line in NAMES:
            found = {tuple(offset for offset, known in chip.line_names.items() if known == line)
                     for chip in present}
            offsets = found.pop()
            if not found and len(offsets) == 1:
                usable[line] = offsets[0]
        return usable

    def offset(self, num_lines):
        choice = self.rng.random()
        if choice < 0.3:
            return self.rng.choice([e for e in EDGES + [num_lines - 1] if e < num_lines])
        return self.rng.randrange(min(num_lines, 70) if choice < 0.9 else num_lines)

    def range(self, num_lines):
        if self.rng.random() < 0.004:
            return 0, num_lines - 1
        first = self.offset(num_lines)
        if self.rng.random() < 0.6:
            return first, first
        return first, min(num_lines - 1, first + self.rng.choice([1, 2, 5, 63, 64, 65, 130]))

    def items(self, name, taken, most=5):
        """Lines of a chip, none that is in @taken, to which they are added."""
        names = self.usable_names(name)
        items = []
        for _ in range(self.rng.randrange(1, most + 1)):
            line = self.rng.choice(list(names)) if names and self.rng.random() < 0.25 else None
            first, last = self.range(self.num_lines(name))
            if line is not None:
                first = last = names[line]
            bits = 0 if first is None else range_bits(first, last)
            if bits & taken["bits"] or line in taken["names"]:
                continue
            taken["bits"] |= bits
            taken["names"] |= {line} - {None}
            items.append(line if line is not None else (first, last))
        return items

    def item_words(self, items):
        return [quoted(item) if isinstance(item, str) else self.range_word(item) for item in items]

    def range_word(self, item):
        first, last = item
        if first == last and self.rng.random() < 0.9:
            return str(first)
        return f"{first}-{last}"

    # ---- aggregates

    def write_aggregate(self):
        name = self.words.pop()
        taken = {chip: {"bits": 0, "names": set()} for chip in self.chip_names}
        parts, size = [], 0
        for _ in range(self.rng.choice([1, 1, 2, 3])):
            chip = self.rng.choice(list(self.chip_names))
            items = self.items(chip, taken[chip])
            if items:
                parts.append((chip, items))
            size += sum(1 if isinstance(i, str) else i[1] - i[0] + 1 for i in items)
        self.aggregates[name] = size
        text = ""
        for chip, items in parts:
            text += self.comma() if text else ""
            text += self.blank().join([chip, *self.item_words(items)])
        return Aggregate(name, parts, self.join("aggregate", name, "=", text))

    def positions(self, size):
        taken, ranges = 0, []
        for _ in range(self.rng.randrange(1, 4)):
            first, last = self.range(size)
            if not range_bits(first, last) & taken:
                taken |= range_bits(first, last)
                ranges.append((first, last))
        return ranges

    # ---- rules

    def subject(self):
        """(subjects, id, words)"""
        kind = self.rng.choice(["user", "user", "user", "group", "group", "everyone"])
        if kind == "everyone":
            return kind, 0, ["everyone"]
        named, numbers = (USERS, UIDS) if kind == "user" else (GROUPS, GIDS)
        if self.rng.random() < 0.5:
            number = self.rng.choice(numbers)
            return kind, number, [kind, str(number)]
        name = self.rng.choice(list(named))
        plain = name.isalnum() and self.rng.random() < 0.8
        return kind, named[name], [kind, name if plain else quoted(name)]

    def rights(self, chance_of_all):
        """(bits, words)"""
        if self.rng.random() < chance_of_all:
            return sum(RIGHTS.values()), ["all"]
        words = self.rng.sample(list(RIGHTS), self.rng.choice([1, 1, 2, 3, 4]))
        return sum(RIGHTS[word] for word in words), words

    def target(self):
        """(name, positions, items, word)"""
        if self.aggregates and self.rng.random() < 0.5:
            name = self.rng.choice(list(self.aggregates))
            if self.rng.random() < 0.4:
                return name, None, None, name
            positions = self.positions(self.aggregates[name])
            words = self.comma().join(map(self.range_word, positions))
            return name, positions, None, f"{name}[{words}]"
        name = self.rng.choice(list(self.chip_names))
        items = []
        while not items:
            items = self.items(name, {"bits": 0, "names": set()})
        return name, None, items, self.blank().join([name, *self.item_words(items)])

    def whole_chip(self):
        """As target(): every line of a chip."""
        name = self.rng.choice(list(self.chip_names))
        num_lines = self.num_lines(name)
        if num_lines > 300 and self.rng.random() < 0.9:
            return self.target()
        item = 0, num_lines - 1
        return name, None, [item], self.blank().join([name, self.range_word(item)])

    def write_rule(self):
        deny = self.rng.random() < 0.25
        subjects, number, who = self.subject()
        whole = not deny and self.rng.random() < 0.35
        rights, what = self.rights(0.8 if whole else 0.3)
        name, positions, items, target = self.whole_chip() if whole else self.target()
        memory_any = not deny and self.rng.random() < 0.2
        clauses = [["memory", "any"]] if memory_any else []
        if self.rng.random() < 0.3:
            clauses.append(["as", quoted(self.rng.choice(["why", "a \"b\" \\ # c", "ü on x"]))])
        self.rng.shuffle(clauses)
        text = self.join("deny" if deny else "allow", *who, *what, "on", target,
                         *sum(clauses, []))
        return Rule(deny, subjects, number, rights, name, positions, items, memory_any, text)

    def write_settings(self):
        settings = {"mode": ["enforce", "permissive"], "root": ["bypass", "enforce"],
                    "info": ["open", "restricted"]}
        for setting, values in settings.items():
            if self.rng.random() < 0.4:
                value = self.rng.choice(values)
                yield Set(setting, value, self.join("set", setting, value))

    def write(self):
        statements = list(self.write_settings()) + self.write_chips()
        if len(self.words) > 5:
            for _ in range(self.rng.randrange(0, 4)):
                statements.append(self.write_aggregate())
        for _ in range(self.rng.choice([0, 1, 2, 3, 5, 8, 13, 20])):
            statements.append(self.write_rule())
        self.rng.shuffle(statements)
        return statements


def random_policy(rng, chips):
    return Writer(rng, chips).write()


def text_of(statements):
    return "".join(statement.text + "\n" for statement in statements)


def decorated(rng, statements):
    """The text with comments and empty lines between."""
    lines = []
    for statement in statements:
        if rng.random() < 0.1:
            lines.append(rng.choice(["", "# deny everyone all on \"x", " \t", "#"]))
        lines.append(statement.text)
    return "".join(line + "\n" for line in lines)
