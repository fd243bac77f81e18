# SPDX-License-Identifier: Apache-2.0
"""Just enough of Swift's syntax to find the body of the function that a piece of text stands in."""

import re

KEYWORD = re.compile(
    r"\b(struct|enum|extension|class|protocol|actor|func|init|deinit|subscript|var|let|get|set|case)\b")
TYPES = {"struct", "enum", "extension", "class", "protocol", "actor"}


def blanked(source):
    """The source with comments and string literals replaced by spaces; every other place stays."""
    out = list(source)
    position = 0
    while position < len(source):
        end = _literal_end(source, position)
        if end is None:
            position += 1
            continue
        for index in range(position, end):
            if out[index] != "\n":
                out[index] = " "
        position = end
    return "".join(out)


def _literal_end(source, start):
    """Where the comment or string that starts here ends; None if none starts here."""
    if source.startswith("//", start):
        end = source.find("\n", start)
        return len(source) if end < 0 else end
    if source.startswith("/*", start):
        end = source.find("*/", start)
        return len(source) if end < 0 else end + 2
    if source.startswith('"""', start):
        return source.index('"""', start + 3) + 3
    if source[start] == '"':
        return _string_end(source, start)
    return None


def _string_end(source, start):
    position = start + 1
    while source[position] != '"':
        if source.startswith("\\(", position):
            position = _interpolation_end(source, position + 2)
        elif source[position] == "\\":
            position += 2
        else:
            position += 1
    return position + 1


def _interpolation_end(source, position):
    depth = 1
    while depth:
        if source[position] == '"':
            position = _string_end(source, position)
            continue
        depth += {"(": 1, ")": -1}.get(source[position], 0)
        position += 1
    return position


def function_body(blank, start, end):
    """The range between the braces of the outermost function, initialiser or computed property
    around `start..<end` of a source that was `blanked`; None if there is none."""
    enclosing = []
    stack = []
    for position, character in enumerate(blank):
        if character == "{":
            stack.append(position)
        elif character == "}":
            opening = stack.pop()
            if opening < start and position >= end:
                enclosing.append((opening, position))
    for opening, closing in reversed(enclosing):
        if _keyword_before(blank, opening) in TYPES:
            continue
        inside = blank[opening + 1:closing].lstrip()
        if re.match(r"(get|set|willSet|didSet|_read|_modify|yielding|mutating get)\b", inside):
            continue
        return opening + 1, closing
    return None


def _keyword_before(blank, opening):
    """The keyword that says what the block is that opens here."""
    depth = 0
    position = opening - 1
    # Back to the end of whatever stands before: another block, or the one around.
    while position >= 0 and (depth > 0 or blank[position] not in "{}"):
        depth += {")": 1, "(": -1}.get(blank[position], 0)
        position -= 1
    header = _without_parentheses(blank[position + 1:opening])
    words = KEYWORD.findall(header)
    return words[-1] if words else None


def _without_parentheses(text):
    out, depth = [], 0
    for character in text:
        depth += character == "("
        if depth == 0:
            out.append(character)
        depth -= character == ")"
    return "".join(out)
