#!/usr/bin/env python3
"""lull.yaml(5) out of configs/lull.yaml: its comments are the documentation, so there is no second
copy to go stale.  scripts/config_manual.py configs/lull.yaml > lull.yaml.5"""
import re
import sys

BEGIN = r""".\" Made by scripts/config_manual.py of configs/lull.yaml.
.TH LULL.YAML 5 "" "lull" "File Formats"
.SH NAME
lull.yaml \- configuration of lull
.SH DESCRIPTION
Read by
.BR "lull run" ", " "lull routes" " and the commands that take " \-\-config ,
and read again on SIGHUP; on any error the old one stays.
.B lull check
says what is wrong with it and whether this machine can do what it asks.
The file that is installed in
.I /etc/lull
has every key; its values and what it says of them are those below.
"""
END = r""".SH SEE ALSO
.BR lull (1),
.BR lull\-devices (8)
"""


def escape(text):
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq")
    return r"\&" + text if text.startswith(".") else text


def paragraphs(lines):
    """Comment lines: what is indented further is an example and keeps its line breaks."""
    out, inside = [], False
    for line in lines:
        if line.startswith("  ") != inside:
            inside = not inside
            out.append(".nf" if inside else ".fi")
        out.append("  " + escape(line.strip()) if inside else escape(line.strip()) or ".PP")
    return out + ([".fi"] if inside else [])


def manual(text):
    out, comment, in_section, last_item = [BEGIN.rstrip("\n")], [], False, False
    for line in text.splitlines():
        whole = re.match(r"( *)#(?: (.*))?$", line)
        if whole and not (last_item and whole[1]):
            comment.append(whole[2] or "")
            continue
        if whole:  # goes on with the comment of the key above
            out.append(escape(whole[2].strip()))
            continue
        if not line.strip():
            if comment and not in_section:
                out += paragraphs(comment)
                comment = []
            last_item = False
            continue
        code, _, note = line.partition(" # ")
        key = re.match(r"( *)(- )?([\w-]+):\s*(.*)$", code.rstrip())
        last_item = bool(key)
        if not key:
            continue
        if not key[1] and not key[2]:  # a section, or a key on its own
            if not in_section:
                out.append(".SH KEYS")
            in_section = True
            out.append(f'.SS "{escape(key[3])}"')
            if comment:
                out += paragraphs(comment)
                comment = []
            if key[4]:
                out += [".TP", rf"\fB{escape(key[3])}: {escape(key[4])}\fR", r"\&"]
        else:
            if key[2]:
                out += [".PP", "An entry:"]
            out += [".TP", rf"\fB{escape(key[3])}: {escape(key[4])}\fR"]
        if note.strip():
            out.append(escape(note.strip()))
        elif out[-1].startswith(r"\fB"):
            out.append(r"\&")
    return "\n".join(out) + "\n" + END


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        sys.stdout.write(manual(file.read()))
