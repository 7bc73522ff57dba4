#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
"""gen-vmlinux.py - writes vmlinux/*.h: the kernel types that the BPF programs read, no more

The list (vmlinux/types.list) names types and the members that are read; their shapes come from a
kernel's BTF. Offsets need not be right: CO-RE looks every access up again, by name, in the kernel
that the programs are loaded into. So one small pinned header serves every kernel, and the build
host needs no BTF.

The list, one entry a line, a longer one goes on in lines that begin with white space:

    struct NAME: MEMBER...      those members; `*` all of them
    union NAME: MEMBER...
    enum NAME                   all enumerators; `enum NAME: A B` only those
    constants: NAME...          enumerators of anonymous enums, or of any when only the value counts
    typedef NAME                the typedef and what it needs
    typedef NAME: MEMBER...     the same, of a struct without a name of its own: those members
    arch NAME what follows, up to the next such line, is of that architecture alone
                                and goes to vmlinux/arch_NAME.h, which vmlinux.h includes

A member may sit in an anonymous struct or union. MEMBER.INNER takes only INNER of a member whose
type has no name. Typedefs come along with what uses them; a pointer to a struct that is not listed
needs no more than its name; a struct that is held by value must be listed, else this says so.

    gen-vmlinux.py              writes vmlinux.h and this host's arch_*.h from this host's BTF
    gen-vmlinux.py --check      fails when the headers are not what the list gives. Shapes are
                                compared only on a kernel of the series that they were made from.
    gen-vmlinux.py --arch arm64 --btf "$(tools/sysroot --kernel arm64)"
                                writes another architecture's file; BTF is also found in the middle
                                of a kernel image.
"""
import argparse
import hashlib
import json
import os
import re
import subprocess
import struct
import sys
import tempfile
import zlib

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LIST = os.path.join(ROOT, "vmlinux", "types.list")
BTF = "/sys/kernel/btf/vmlinux"
ANON = "(anon)"
RECORDS = ("STRUCT", "UNION")
WORDS = {"STRUCT": "struct ", "UNION": "union ", "ENUM": "enum ", "ENUM64": "enum "}
MACHINES = {"x86_64": "x86", "aarch64": "arm64"}  # the names that libbpf's headers go by
MODIFIERS = ("CONST", "VOLATILE", "RESTRICT", "TYPE_TAG")


class Trouble(Exception):
    """The list or the BTF is not what it should be; the text says what to do."""


def wish_tree(members):
    """["a", "b.c"] -> {"a": {}, "b": {"c": {}}}; an empty dict means "all of it"."""
    tree = {}
    for member in members:
        node = tree
        for part in member.split("."):
            node = node.setdefault(part, {})
    return tree


def sections(text):
    """{None: the common entries' text, "x86": that architecture's...}, without comments."""
    found = {None: ""}
    arch = None
    for line in re.sub(r"[ \t]*#.*", "", text).splitlines():
        match = re.fullmatch(r"arch\s+(\w+)\s*", line)
        if match:
            arch = match[1]
            found.setdefault(arch, "")
        elif line.strip():
            found[arch] += line.rstrip() + "\n"
    return found


def read_list(text):
    """The entries in order: (kind, name, members or None)."""
    text = re.sub(r"\n[ \t]+(?=\S)", " ", text)
    entries = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        head, colon, rest = line.partition(":")
        words = head.split()
        members = rest.split() if colon else None
        if words == ["constants"] and members:
            entries.append(("constants", "", members))
        elif len(words) == 2 and words[0] in ("struct", "union") and members:
            entries.append((words[0], words[1], members))
        elif len(words) == 2 and words[0] in ("enum", "typedef"):
            entries.append((words[0], words[1], members))
        else:
            raise Trouble(f"types.list: cannot read this entry: {line[:60]!r}")
    return entries


class Btf:
    """A kernel's types, by number and by kind and name."""

    def __init__(self, types):
        self.by_id = {t["id"]: t for t in types}
        self.by_name = {}
        self.values = {}
        for t in types:
            if t["name"] != ANON:
                self.by_name.setdefault((t["kind"], t["name"]), t)
            if t["kind"] in ("ENUM", "ENUM64"):
                for value in t["values"]:
                    self.values.setdefault(value["name"], value["val"])

    def named(self, name, *kinds):
        for kind in kinds:
            if (kind, name) in self.by_name:
                return self.by_name[(kind, name)]
        raise Trouble(f"types.list: this kernel has no {kinds[0].lower()} {name}")

    def bare(self, type_id):
        """The type behind const, volatile and the like; None for void."""
        t = self.by_id.get(type_id)
        while t and t["kind"] in MODIFIERS:
            t = self.by_id.get(t["type_id"])
        return t


class Writer:
    """Puts the wanted types in an order that C accepts."""

    def __init__(self, btf, entries, elsewhere=()):
        """Types of the entries @elsewhere stand in another header."""
        self.btf = btf
        self.entries = entries
        self.listed = {}
        self.done = {(kind, name) for kind, name, _ in elsewhere}
        self.forward = set()
        self.out = []
        for kind, name, members in entries:
            if kind in ("struct", "union", "typedef"):
                self.listed.setdefault((kind, name), []).extend(members or [])

    # What a declaration needs to stand before it.

    def need(self, type_id, by_value):
        t = self.btf.bare(type_id)
        if not t or t["kind"] in ("INT", "FLOAT"):
            return
        if t["kind"] == "PTR":
            self.need(t["type_id"], False)
        elif t["kind"] == "ARRAY":
            self.need(t["type_id"], by_value)
        elif t["kind"] == "TYPEDEF":
            self.typedef(t, by_value)
        elif t["kind"] in ("ENUM", "ENUM64"):
            if t["name"] != ANON:
                self.enum(t, None)
        elif t["kind"] in RECORDS + ("FWD",) and t["name"] != ANON:
            kind = t["kind"].lower() if t["kind"] != "FWD" else t.get("fwd_kind", "struct")
            if by_value:
                self.record(kind, t["name"])
            else:
                self.forward.add((kind, t["name"]))

    def typedef(self, t, by_value):
        if ("typedef", t["name"]) in self.done:
            return
        target = self.btf.bare(t["type_id"])
        tree = {}
        if target and target["kind"] in RECORDS and target["name"] == ANON:
            tree = self.wish(("typedef", t["name"]), target)
            self.prepare(target, tree)
        else:
            self.need(t["type_id"], by_value)
        self.done.add(("typedef", t["name"]))
        self.out.append(f"typedef {self.declare(t['type_id'], t['name'], 0, tree)};\n")

    def enum(self, t, names):
        if ("enum", t["name"]) in self.done:
            return
        self.done.add(("enum", t["name"]))
        self.out.append(f"enum {t['name']} {self.enumerators(t['values'], names)};\n")

    @staticmethod
    def enumerators(values, names):
        have = {v["name"] for v in values}
        missing = [n for n in names or [] if n not in have]
        if missing:
            raise Trouble(f"types.list: no such enumerator: {' '.join(missing)}")
        rows = [f"\t{v['name']} = {v['val']},\n" for v in values if not names or v["name"] in names]
        return "{\n" + "".join(rows) + "}"

    def constants(self, names):
        missing = [n for n in names if n not in self.btf.values]
        if missing:
            raise Trouble(f"types.list: no enum has {' '.join(missing)}")
        rows = [{"name": n, "val": self.btf.values[n]} for n in names]
        self.out.append(f"enum {self.enumerators(rows, None)};\n")

    def record(self, kind, name):
        if (kind, name) in self.done:
            return
        if (kind, name) not in self.listed:
            raise Trouble(f"types.list: {kind} {name} is held by value: list it with its members")
        self.done.add((kind, name))
        t = self.btf.named(name, kind.upper())
        tree = self.wish((kind, name), t)
        self.prepare(t, tree)
        self.out.append(f"{kind} {name} {self.body(t, tree, 0)};\n")

    def wish(self, key, t):
        """What the list takes of the record `t`, as a tree."""
        members = self.listed.get(key, [])
        tree = {} if members == ["*"] else wish_tree(members)
        missing = [m for m in tree if not self.has(t, m)]
        if missing:
            raise Trouble(f"types.list: {' '.join(key)} of this kernel has no {' '.join(missing)}")
        return tree

    # The members of a record that a wish takes; through members without a name.

    def has(self, t, name):
        for member in t["members"]:
            if member["name"] == name:
                return True
            if member["name"] == ANON and self.has(self.btf.bare(member["type_id"]), name):
                return True
        return False

    def chosen(self, t, tree):
        """(member, the wish for what is inside of it) for each member that is wanted."""
        for member in t["members"]:
            inner = self.btf.bare(member["type_id"])
            if member["name"] == ANON:
                if inner["kind"] in RECORDS and (not tree or any(self.has(inner, m) for m in tree)):
                    yield member, tree
            elif not tree or member["name"] in tree:
                yield member, tree.get(member["name"], {})

    def nameless(self, type_id):
        """The record without a name that a member is, or an array of it; else None."""
        t = self.btf.bare(type_id)
        while t and t["kind"] == "ARRAY":
            t = self.btf.bare(t["type_id"])
        return t if t and t["kind"] in RECORDS and t["name"] == ANON else None

    def prepare(self, t, tree):
        for member, inside in self.chosen(t, tree):
            inner = self.nameless(member["type_id"])
            if inner:
                self.prepare(inner, inside)
            else:
                self.need(member["type_id"], True)

    def body(self, t, tree, depth):
        tab = "\t" * (depth + 1)
        rows = []
        for member, inside in self.chosen(t, tree):
            name = "" if member["name"] == ANON else member["name"]
            bits = member.get("bitfield_size", 0)
            text = self.declare(member["type_id"], name, depth + 1, inside)
            rows.append(f"{tab}{text}{f' : {bits}' if bits else ''};\n")
        return "{\n" + "".join(rows) + "\t" * depth + "}"

    # One declarator: `name` of the type `type_id`.

    def declare(self, type_id, name, depth, tree=None):
        t = self.btf.by_id.get(type_id)
        if not t:
            return f"void {name}".rstrip()
        kind = t["kind"]
        if kind in MODIFIERS:
            return self.modified(t, name, depth, tree)
        if kind == "PTR":
            return self.pointer(t, name, depth)
        if kind == "ARRAY":
            return self.declare(t["type_id"], f"{name}[{t['nr_elems']}]", depth, tree)
        if kind in RECORDS and t["name"] == ANON:
            return f"{kind.lower()} {self.body(t, tree or {}, depth)} {name}".rstrip()
        if kind in ("ENUM", "ENUM64") and t["name"] == ANON:
            return f"unsigned int {name}"
        word = WORDS.get(kind, "")
        if kind == "FWD":
            word = t.get("fwd_kind", "struct") + " "
        return f"{word}{t['name']} {name}".rstrip()

    def modified(self, t, name, depth, tree):
        inner = self.declare(t["type_id"], name, depth, tree)
        if t["kind"] not in ("CONST", "VOLATILE"):
            return inner
        word = t["kind"].lower()
        target = self.btf.by_id.get(t["type_id"])
        if target and target["kind"] == "PTR":
            return self.declare(t["type_id"], f"{word} {name}", depth, tree)
        return f"{word} {inner}"

    def pointer(self, t, name, depth):
        target = self.btf.bare(t["type_id"])
        plain = target and target["kind"] not in ("FUNC_PROTO", "ARRAY") and not (
            target["kind"] in RECORDS and target["name"] == ANON)
        if not plain:
            return f"void *{name}"
        return self.declare(t["type_id"], f"*{name}", depth)

    def write(self):
        for kind, name, members in self.entries:
            if kind == "constants":
                self.constants(members)
            elif kind == "enum":
                self.enum(self.btf.named(name, "ENUM", "ENUM64"), members)
            elif kind == "typedef":
                self.typedef(self.btf.named(name, "TYPEDEF"), True)
            else:
                self.record(kind, name)
        ahead = [f"{kind} {name};\n" for kind, name in sorted(self.forward)]
        return "\n".join(["".join(ahead)] * bool(ahead) + self.out)


TOP = """/* SPDX-License-Identifier: GPL-2.0 */
/*
 * {name} - the kernel types that the programs read{of}; generated, do not edit
 *
 * By tools/gen-vmlinux.py from types.list beside it: to read another member, add it there.
 * list: {digest}
 * kernel: {release}
 */
#ifndef __{guard}__
#define __{guard}__

#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
#endif

"""
BOTTOM = """
#ifndef BPF_NO_PRESERVE_ACCESS_INDEX
#pragma clang attribute pop
#endif

"""


def includes(archs):
    """The end of the common header: what differs between architectures."""
    rows = [f"{'el' * bool(number)}if defined(__TARGET_ARCH_{arch})\n#include \"arch_{arch}.h\"\n"
            for number, arch in enumerate(archs)]
    return "".join(f"#{row}" for row in rows) + ("#endif\n\n" if rows else "")


def find_bpftool():
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    for folder in path.split(":"):
        tool = os.path.join(folder, "bpftool")
        if os.access(tool, os.X_OK):
            return tool
    raise Trouble("no bpftool: run tools/install-deps.sh build")


MAGIC = b"\x9f\xeb\x01\x00"  # struct btf_header: magic, version, flags; then its own length,
HEAD = struct.Struct("<5I")   # where types and strings begin behind it, and how long each is


def find_btf(image):
    """The kernel's BTF in its image: the largest there is; None if there is none."""
    best = None
    at = image.find(MAGIC)
    while at >= 0:
        head = image[at + len(MAGIC):at + len(MAGIC) + HEAD.size]
        if len(head) == HEAD.size:
            length, types, types_size, strings, strings_size = HEAD.unpack(head)
            whole = length + strings + strings_size
            plausible = types == 0 and strings == types_size and at + whole <= len(image)
            if plausible and whole > len(best or b""):
                best = image[at:at + whole]
        at = image.find(MAGIC, at + 1)
    return best


class Source:
    """Where shapes come from: a file of BTF, or a kernel image that holds it."""

    def __init__(self, path):
        self.path = path
        self.release = ".".join(re.findall(r"\d+", os.uname().release)[:2])
        self.types = None
        self.raw = None
        if path != BTF:
            with open(path, "rb") as file:
                self.unpack(file.read())

    def unpack(self, image):
        if image.startswith(b"\x1f\x8b"):
            image = zlib.decompressobj(31).decompress(image)
        self.raw = find_btf(image)
        if not self.raw:
            raise Trouble(f"{self.path} holds no BTF")
        version = re.search(rb"Linux version (\d+\.\d+)", image)
        if version:
            self.release = version[1].decode()

    def dump(self, path):
        command = [find_bpftool(), "btf", "dump", "file", path, "-j"]
        run = subprocess.run(command, capture_output=True, check=False)
        if run.returncode:
            raise Trouble(f"{' '.join(command)}: {run.stderr.decode().strip() or 'failed'}")
        return Btf(json.loads(run.stdout)["types"])

    def btf(self):
        """The types; read when first asked for."""
        if not self.types and self.raw:
            with tempfile.NamedTemporaryFile() as file:
                file.write(self.raw)
                file.flush()
                self.types = self.dump(file.name)
        self.types = self.types or self.dump(self.path)
        return self.types


def header_path(arch):
    return os.path.join(ROOT, "vmlinux", f"arch_{arch}.h" if arch else "vmlinux.h")


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def render(parts, arch, source):
    """The text of the header of @arch, or of the common one."""
    name = os.path.basename(header_path(arch))
    top = TOP.format(name=name, guard=name.upper().replace(".", "_"), release=source.release,
                     of=f", on {arch} alone" if arch else "", digest=digest(parts[arch]))
    common = read_list(parts[None])
    writer = Writer(source.btf(), read_list(parts[arch]), common) if arch else Writer(
        source.btf(), common)
    below = "" if arch else includes([name for name in parts if name])
    return top + writer.write() + BOTTOM + below + "#endif\n"


def check(parts, arch, source):
    """Why the header is stale, or None. Without @source its shapes are not compared."""
    path = header_path(arch)
    name = os.path.relpath(path, ROOT)
    if not os.path.exists(path):
        return f"there is no {name}: run tools/gen-vmlinux.py"
    with open(path, encoding="utf-8") as file:
        header = file.read()
    if f" * list: {digest(parts[arch])}\n" not in header:
        return f"{name} is older than types.list: run tools/gen-vmlinux.py"
    same_kernel = source and f" * kernel: {source.release}\n" in header
    if same_kernel and render(parts, arch, source) != header:
        return f"{name} is not what types.list gives: run tools/gen-vmlinux.py"
    return None


def main():
    host = MACHINES.get(os.uname().machine)
    parser = argparse.ArgumentParser(description="writes vmlinux/*.h from vmlinux/types.list")
    parser.add_argument("--check", action="store_true", help="fail when a header is not fresh")
    parser.add_argument("--arch", default=host, help="whose BTF it is (default: this host's)")
    parser.add_argument("--btf", default=BTF,
                        help="source of the shapes, or a kernel image (default: %(default)s)")
    args = parser.parse_args()
    with open(LIST, encoding="utf-8") as file:
        parts = sections(file.read())
    if args.arch != host and args.btf == BTF:
        raise Trouble(f"--btf FILE says where {args.arch}'s BTF is")
    if args.arch not in parts and args.arch != host:
        raise Trouble(f"types.list has no `arch {args.arch}`")
    source = Source(args.btf) if os.path.exists(args.btf) else None
    if args.check:
        stale = [check(parts, arch, source if arch in (None, args.arch) else None)
                 for arch in parts]
        if any(stale):
            raise Trouble("\n".join(filter(None, stale)))
        return
    if not source:
        raise Trouble(f"there is no {args.btf}")
    # The common header is this host's: the types in it are alike everywhere (--check --arch says).
    for arch in [None] * (args.arch == host) + [args.arch] * (args.arch in parts):
        text = render(parts, arch, source)
        with open(header_path(arch), "w", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    try:
        main()
    except (Trouble, OSError) as err:
        sys.exit(f"gen-vmlinux: {err}")
