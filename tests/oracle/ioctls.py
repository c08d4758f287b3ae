# SPDX-License-Identifier: GPL-2.0-or-later
"""Random GPIO ioctls: their bytes, and what they need (docs/architecture.md, "What a request needs").

Bytes are packed as <linux/gpio.h> lays them out. A request answers `needs()`: the reasons for which
it may be refused unjudged (any of them; none: it is judged), and (offset, need) of each line. It says
whether it is `invalid(known)`: the kernel refuses it, and takes no line of it; @known: the kernel is
one of those whose sources were read (6.1 to 7.3), and has no flags or attributes beside theirs.
"""

import struct
from dataclasses import dataclass, field, replace
from functools import lru_cache

from meaning import BIAS, EDGES, HOLD, INFO, INPUT, OUTPUT

CHIP, REQUEST, HANDLE, EVENT = 1, 2, 3, 4  # the kinds of files, as in bpf/core/decode.h
MAX_LINES, MAX_ATTRS = 64, 10


def ioc(direction, number, size):
    return direction << 30 | size << 16 | 0xB4 << 8 | number


def iowr(number, size):
    return ioc(3, number, size)


CHIP_INFO = ioc(2, 0x01, 68)
V1_INFO, V1_WATCH, UNWATCH = iowr(0x02, 72), iowr(0x0B, 72), iowr(0x0C, 4)
V2_INFO, V2_WATCH = iowr(0x05, 256), iowr(0x06, 256)
V1_HANDLE, V1_EVENT, V2_REQUEST = iowr(0x03, 364), iowr(0x04, 48), iowr(0x07, 592)
V1_GET, V1_SET, V1_CONFIG = iowr(0x08, 64), iowr(0x09, 64), iowr(0x0A, 84)
V2_GET, V2_SET, V2_CONFIG = iowr(0x0E, 16), iowr(0x0F, 16), iowr(0x0D, 272)
RECEIVE = 0  # no ioctl: a line file's descriptor arrives

KNOWN = {
    CHIP: [CHIP_INFO, V1_INFO, V1_WATCH, UNWATCH, V2_INFO, V2_WATCH, V1_HANDLE, V1_EVENT,
           V2_REQUEST],
    REQUEST: [V2_GET, V2_SET, V2_CONFIG],
    HANDLE: [V1_GET, V1_SET, V1_CONFIG],
    EVENT: [V1_GET],
}

V1_INPUT, V1_OUTPUT, V1_EDGES, V1_PULLS, V1_FLAGS = 1, 2, 3, 0x60, 0xFF
V2_INPUT, V2_OUTPUT, V2_EDGES, V2_PULLS, V2_FLAGS = 4, 8, 0x30, 0x300, 0x1FFF


@lru_cache(None)
def v1_needs(flags):
    need = INPUT if flags & V1_INPUT else 0
    need |= OUTPUT if flags & V1_OUTPUT else 0
    return (need or HOLD) | (BIAS if flags & V1_PULLS else 0)


@lru_cache(None)
def v2_needs(flags):
    need = INPUT if flags & V2_INPUT else 0
    need |= OUTPUT if flags & V2_OUTPUT else 0
    need |= INPUT | EDGES if flags & V2_EDGES else 0
    return (need or HOLD) | (BIAS if flags & V2_PULLS else 0)


def v1_invalid(flags):
    """linehandle_validate_flags() in gpiolib-cdev.c."""
    directions, drives, biases = flags & 3, flags & 0x18, (flags & 0xE0).bit_count()
    return bool(flags & ~V1_FLAGS or directions == 3 or drives == 0x18 or
                drives and not flags & V1_OUTPUT or biases > 1 or biases and not directions)


def v2_invalid(flags):
    """gpio_v2_line_flags_validate(): it knows neither bit 0 (USED) nor any from 13 on."""
    directions, drives, biases = flags & 0xC, flags & 0xC0, (flags & 0x700).bit_count()
    return bool(flags & ~0x1FFE or directions == 0xC or drives == 0xC0 or
                flags & V2_EDGES and not flags & V2_INPUT or
                drives and not flags & V2_OUTPUT or biases > 1 or biases and not directions)


def padded(offsets, filling):
    return (offsets + [filling] * MAX_LINES)[:MAX_LINES]


@dataclass(frozen=True)
class Asked:
    """What every request has. @held: (offset, "output", "edges" or "") of a line file's lines."""

    file: int
    command: int
    held: list = field(default_factory=list)

    def argument(self):
        return b""

    names_lines = False  # the lines are the argument's
    reads_argument = True  # it is judged by the argument

    def needs(self, known):
        return set(), []

    def invalid(self, known):
        return False

    def simpler(self):
        """Requests with one thing less, for a case that fails."""
        for name, least, excess in (("held", 1, 0), ("offsets", 1, "excess"),
                                    ("attrs", 0, "attr_excess")):
            whole = getattr(self, name, [])
            if excess and getattr(self, excess, 0):
                continue  # the number claimed is the point of it
            for i in range(len(whole)):
                if len(whole) > least:
                    yield replace(self, **{name: whole[:i] + whole[i + 1:]})
        flags = getattr(self, "flags", 0)
        for bit in range(flags.bit_length()):
            if flags >> bit & 1:
                yield replace(self, flags=flags & ~(1 << bit))


@dataclass(frozen=True)
class Unknown(Asked):
    def needs(self, known):
        return {"unknown-command"}, []


@dataclass(frozen=True)
class Info(Asked):
    names_lines = True
    offset: int = 0

    def argument(self):
        if self.command in (V2_INFO, V2_WATCH):
            return b"\x03" * 64 + struct.pack("<I", self.offset) + b"\x01" * 188
        return struct.pack("<I", self.offset) + (b"" if self.command == UNWATCH else b"\x01" * 68)

    def needs(self, known):
        return set(), [(self.offset, INFO)]


@dataclass(frozen=True)
class V1Lines(Asked):
    """A handle request. @excess: lines claimed beyond those given."""

    names_lines = True
    offsets: list = field(default_factory=list)
    excess: int = 0
    flags: int = 0

    def argument(self):
        return struct.pack("<64II64x32sII", *padded(self.offsets, 1), self.flags, b"test",
                           self.count(), 0)

    def count(self):
        return len(self.offsets) + self.excess & 0xFFFFFFFF

    def needs(self, known):
        refusals = set()
        if not 1 <= self.count() <= MAX_LINES:
            refusals.add("malformed")
        if self.flags & ~V1_FLAGS:
            refusals.add("unknown-flag")
        need = v1_needs(self.flags)
        return refusals, [(offset, need) for offset in self.offsets]

    def invalid(self, known):
        return not 1 <= self.count() <= MAX_LINES or known and v1_invalid(self.flags)


@dataclass(frozen=True)
class V1Event(Asked):
    names_lines = True
    offset: int = 0
    flags: int = 0
    edges: int = 0

    def argument(self):
        return struct.pack("<III32sI", self.offset, self.flags, self.edges, b"test", 0)

    def invalid(self, known):
        """lineevent_create(): an input, with at most one bias."""
        return known and bool(self.flags & ~0xE5 or self.edges & ~V1_EDGES or
                              (self.flags & 0xE0).bit_count() > 1)

    def needs(self, known):
        unknown = self.flags & ~V1_FLAGS or self.edges & ~V1_EDGES
        pull = BIAS if self.flags & V1_PULLS else 0
        return ({"unknown-flag"} if unknown else set()), [(self.offset, INPUT | EDGES | pull)]


@dataclass(frozen=True)
class Config:
    """The flags of a version 2 request. @attrs: (id, value, mask); @excess as in V1Lines."""

    flags: int = 0
    attrs: list = field(default_factory=list)
    attr_excess: int = 0

    def config(self):
        attrs = (self.attrs + [(1, V2_OUTPUT, 2**64 - 1)] * MAX_ATTRS)[:MAX_ATTRS]
        return struct.pack("<QI20x", self.flags, self.attr_count()) + b"".join(
            struct.pack("<I4xQQ", *attr) for attr in attrs)

    def attr_count(self):
        return len(self.attrs) + self.attr_excess & 0xFFFFFFFF

    def line_flags(self, i):
        for kind, value, mask in self.attrs:
            if kind == 1 and mask >> i & 1:
                return value
        return self.flags

    def config_invalid(self, num_lines, known):
        """gpio_v2_line_config_validate() of so many lines."""
        if self.attr_count() > MAX_ATTRS:
            return True
        debounced = [any(kind == 3 and mask >> i & 1 for kind, _, mask in self.attrs)
                     for i in range(num_lines)]
        return known and any(v2_invalid(self.line_flags(i)) or
                             debounced[i] and not self.line_flags(i) & V2_INPUT
                             for i in range(num_lines))

    def config_needs(self, num_lines, known):
        """The refusals, and what each of so many lines needs."""
        refusals = set()
        flags = [self.line_flags(i) for i in range(num_lines)]
        if self.attr_count() > MAX_ATTRS:
            refusals.add("malformed")
        if not known and any(kind > 3 for kind, _, _ in self.attrs):
            refusals.add("unknown-flag")
        if any(of_line & ~V2_FLAGS for of_line in flags):
            refusals.add("unknown-flag")
        return refusals, [v2_needs(of_line & V2_FLAGS) for of_line in flags]


@dataclass(frozen=True)
class V2Lines(Config, Asked):
    names_lines = True
    offsets: list = field(default_factory=list)
    excess: int = 0

    def argument(self):
        return (struct.pack("<64I32s", *padded(self.offsets, 1), b"test") + self.config() +
                struct.pack("<II20xi", self.count(), 0, 0))

    def count(self):
        return len(self.offsets) + self.excess & 0xFFFFFFFF

    def invalid(self, known):
        return (not 1 <= self.count() <= MAX_LINES or
                self.config_invalid(len(self.offsets), known))

    def needs(self, known):
        refusals, needs = self.config_needs(len(self.offsets), known)
        if not 1 <= self.count() <= MAX_LINES:
            refusals.add("malformed")
        return refusals, list(zip(self.offsets, needs))


@dataclass(frozen=True)
class Held(Asked):
    """Values of held lines, or their file received from another process."""

    reads_argument = False

    def argument(self):
        return b"\xff" * (self.command >> 16 & 0x3FFF)

    def needs(self, known):
        if self.command == V1_SET:  # the kernel may drive those that are inputs too
            return set(), [(offset, OUTPUT) for offset, _ in self.held]
        if self.command == V2_SET:
            return set(), [(offset, OUTPUT if now == "output" else 0) for offset, now in self.held]
        if self.command == RECEIVE:
            return set(), [(offset, HOLD | EDGES if now == "edges" else HOLD)
                           for offset, now in self.held]
        return set(), [(offset, HOLD) for offset, _ in self.held]


@dataclass(frozen=True)
class V1HeldConfig(Asked):
    flags: int = 0

    def argument(self):
        return struct.pack("<I64x16x", self.flags)

    def invalid(self, known):
        """linehandle_set_config(): as a request's, and a direction."""
        return known and (v1_invalid(self.flags) or not self.flags & 3)

    def needs(self, known):
        refusals = {"unknown-flag"} if self.flags & ~V1_FLAGS else set()
        return refusals, [(offset, v1_needs(self.flags)) for offset, _ in self.held]


@dataclass(frozen=True)
class V2HeldConfig(Config, Asked):
    def argument(self):
        return self.config()

    def invalid(self, known):
        return self.config_invalid(len(self.held), known)

    def needs(self, known):
        refusals, needs = self.config_needs(len(self.held), known)
        return refusals, [(offset, need) for (offset, _), need in zip(self.held, needs)]


# ---- random ones


def random_v1_flags(rng):
    if rng.random() < 0.03:
        return rng.getrandbits(8) | 1 << rng.randrange(8, 32)
    return rng.getrandbits(8) if rng.random() < 0.3 else rng.choice([0, 1, 2, 5, 6, 0x21, 0x42])


def random_v2_flags(rng):
    if rng.random() < 0.02:
        return rng.getrandbits(13) | 1 << rng.randrange(13, 64)
    if rng.random() < 0.2:
        return rng.getrandbits(13)
    return rng.choice([0, 4, 4, 8, 8, 8, 0x14, 0x24, 0x34, 2, 0x30, 0x48, 0x104, 0x208, 0x134])


def random_attr(rng):
    kind = rng.choice([1, 1, 1, 0, 2, 3]) if rng.random() < 0.98 else rng.choice([4, 5, 2**32 - 1])
    value = random_v2_flags(rng) if kind == 1 else rng.getrandbits(64)
    mask = rng.choice([1, 2, 3, 4, 2**64 - 1, rng.getrandbits(64), 1 << rng.randrange(64)])
    return kind, value, mask


def random_config(rng):
    attrs = []
    if rng.random() < 0.5:
        attrs = [random_attr(rng) for _ in range(rng.choice([1, 1, 2, 3, MAX_ATTRS]))]
    excess = 0
    if rng.random() < 0.01:
        excess = rng.choice([MAX_ATTRS + 1 - len(attrs), 2**31, 2**32 - 1 - len(attrs)])
    return {"flags": random_v2_flags(rng), "attrs": attrs, "attr_excess": excess}


def random_offsets(rng, pick):
    count = rng.choice([1, 1, 1, 2, 2, 3, 4]) if rng.random() < 0.95 else rng.choice([63, 64])
    return [pick() for _ in range(count)]


def random_excess(rng, offsets):
    """Of the claimed number of lines: mostly none, else so that it is 0, 65 or huge."""
    if rng.random() > 0.02:
        return 0
    return rng.choice([-len(offsets), MAX_LINES + 1 - len(offsets), 2**32 - 1 - len(offsets)])


def random_unknown(rng):
    file = rng.choice(list(KNOWN))
    if rng.random() < 0.5:  # known, but elsewhere
        command = rng.choice(KNOWN[rng.choice(list(KNOWN))])
    else:  # of the GPIO type, nearly known
        command = rng.choice(KNOWN[file]) ^ 1 << rng.choice([0, 3, 5, 7, 16, 20, 29, 30, 31])
    return None if command in KNOWN[file] else Unknown(file, command)


def random_held(rng, pick):
    file = rng.choice([REQUEST, REQUEST, HANDLE, EVENT])
    command = rng.choice(KNOWN[file] + [RECEIVE])
    offsets = [pick()] if file == EVENT else random_offsets(rng, pick)
    kinds = {REQUEST: ["output", "edges", ""], HANDLE: ["output", ""], EVENT: ["edges"]}[file]
    held = [(offset, rng.choice(kinds)) for offset in offsets]
    if command == V1_CONFIG:
        return V1HeldConfig(file, command, held, random_v1_flags(rng))
    if command == V2_CONFIG:
        return V2HeldConfig(file, command, held, **random_config(rng))
    return Held(file, command, held)


def random_request(rng, pick):
    """One of all kinds; @pick gives offsets."""
    kind = rng.random()
    if kind < 0.04:
        return random_unknown(rng) or Asked(CHIP, CHIP_INFO)
    if kind < 0.12:
        return Info(CHIP, rng.choice([V1_INFO, V1_WATCH, UNWATCH, V2_INFO, V2_WATCH]),
                    offset=pick())
    if kind < 0.22:
        offsets = random_offsets(rng, pick)
        return V1Lines(CHIP, V1_HANDLE, offsets=offsets, flags=random_v1_flags(rng),
                       excess=random_excess(rng, offsets))
    if kind < 0.28:
        return V1Event(CHIP, V1_EVENT, offset=pick(), flags=random_v1_flags(rng),
                       edges=rng.getrandbits(2) if rng.random() < 0.97 else rng.getrandbits(32))
    if kind < 0.55:
        return random_held(rng, pick)
    offsets = random_offsets(rng, pick)
    return V2Lines(CHIP, V2_REQUEST, offsets=offsets, excess=random_excess(rng, offsets),
                   **random_config(rng))
