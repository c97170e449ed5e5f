"""A message taken apart: its header, where its parts are, what they contain, what a mail program shows of them.

Everything here is pure, bounded, and never raises for what a message contains: mail is hostile input.
"""
