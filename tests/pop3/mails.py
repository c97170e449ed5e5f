"""Messages that a POP3 server may stumble over."""

from __future__ import annotations

#: What the mailbox of most tests holds: a plain message, one full of dots, one with many lines.
MAIL = [
    b"From: bob@hibari.example\r\nSubject: one\r\n\r\nfirst\r\n",
    b"Subject: two\r\n\r\n.leading dot\r\n..two dots\r\n.\r\nlast\r\n",
    b"Subject: three\r\n\r\n" + b"".join(b"line %d\r\n" % n for n in range(100)),
]

INTERNATIONAL = "From: 花子@hibari.example\r\nSubject: 昼食\r\n\r\nいかがですか\r\n".encode()
EIGHT_BIT_BODY = "Subject: cafe\r\nContent-Transfer-Encoding: 8bit\r\n\r\ncafé\r\n".encode()
NO_STANDARD = b"Subject: \x93\xfa\x96{\r\n\r\nShift_JIS, undeclared\r\n"
