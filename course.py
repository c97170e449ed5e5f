#!/usr/bin/env python3
"""Start, test or build the book: `python3 course.py start`, `test` or `build`.

Only the standard library is needed: whatever else is missing is set up in `.venv`. This file stays readable for old
Pythons, so that they can say what they lack; the work is done in `commands/`.
"""

import sys

OLDEST = (3, 11, 2)


def too_old(version):
    """Return one sentence for a Python that is too old, or None."""
    if tuple(version[:3]) >= OLDEST:
        return None
    found, wanted = (".".join(map(str, numbers)) for numbers in (version[:3], OLDEST))
    sentence = (
        "This is Python {0}, but the book needs Python {1} or newer: "
        "install it from https://www.python.org/downloads/ and start course.py with it."
    )
    return sentence.format(found, wanted)  # an f-string would be a syntax error just where this is needed


if __name__ == "__main__":
    problem = too_old(sys.version_info)
    if problem:
        sys.exit(problem)
    from commands.line import main

    sys.exit(main(sys.argv[1:]))
