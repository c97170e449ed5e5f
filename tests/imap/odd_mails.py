"""Messages of every odd structure that two servers could read in two ways. Written with LF; sent with CRLF."""

from __future__ import annotations


def crlf(text: str | bytes) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    return data.replace(b"\n", b"\r\n")


#: Each a whole message; the first part of the name says what it is odd in.
HEADERS: dict[str, bytes] = {
    name: crlf(text)
    for name, text in {
        "plain": "From: Bob <bob@hibari.example>\nTo: alice@tsubame.example\nSubject: Lunch\n"
        "Date: Wed, 1 Apr 2026 09:00:00 +0900\nMessage-ID: <1@hibari.example>\n\nShall we meet?\n",
        "no header": "\nonly a body\n",
        "no body": "From: a@b.example\nSubject: no empty line\n",
        "header without end": "From: a@b.example\nSubject: cut short",
        "empty body": "From: a@b.example\nSubject: empty\n\n",
        "one letter": "x",
        "only a line end": "\n",
        "no final newline": "Subject: tail\n\nno line end at the end",
        "every address field": "From: a@b.example\nSender: s@b.example\nReply-To: r@b.example\nTo: t@b.example, u@b.example\n"
        "Cc: c@b.example\nBcc: x@b.example\nIn-Reply-To: <0@b.example>\nMessage-ID: <2@b.example>\nReferences: <0@b.example>\n\nx\n",
        "empty address fields": "From: a@b.example\nSender:\nReply-To: \nTo:\nCc: \nSubject:\nDate:\nMessage-ID:\n\nx\n",
        "groups": "From: a@b.example\nTo: Team: carol@b.example, Dave <dave@b.example>;, undisclosed-recipients:;\n"
        'Cc: "quoted group": x@y.example;\nBcc: A: ;, B: b@b.example;\n\nx\n',
        "quoted names": 'From: "Last, First" <a@b.example>\nTo: "He said \\"hi\\"" <b@b.example>, back\\\\slash <c@b.example>\n'
        'Cc: First "Mid" Last <d@b.example>, J. R. Smith <e@b.example>\n\nx\n',
        "comments": "From: a@b.example (Alice (the) First)\nTo: (before) b@b.example, Bob (inside) B <b@b.example>\n"
        "Cc: c@b.example (esc \\) aped), d@(in)b.example\nSubject: (comment) stays\n\nx\n",
        "routes": "From: <@relay.example,@two.example:a@b.example>\nTo: Name <@r.example:t@b.example>\n\nx\n",
        "odd addresses": 'From: nobody\nTo: <>, <local>, @b.example, "quoted local"@b.example\nCc: a@[192.0.2.1], a.b.c@d.example,, ;\n\nx\n',
        "broken addresses": "From: <a@b.example\nTo: a@b@c.example, a b c, a@b.example c@d.example\nCc: a@b.example; c@d.example\nBcc: <<a@b.example>>\n\nx\n",
        "spaces in addresses": "From: a . b @ c . example\nTo: A  B   C <a@b.example>\nCc:\tTab\tBed\t<t@b.example>\n\nx\n",
        "folded": "From: Long\n Name\n\t<a@b.example>\nSubject: one\n two\n\tthree\n   four\nTo: a@b.example,\n  b@b.example\n\nx\n",
        "folded empty": "Subject:\n folded\nFrom: a@b.example\nTo:\n\tt@b.example\n\nx\n",
        "encoded words": "From: =?utf-8?b?5bGx55Sw?= <a@b.example>\nSubject: =?utf-8?q?caf=C3=A9?= =?utf-8?q?_au_lait?=\n"
        'To: =?iso-8859-1?q?J=F6rg?= <j@b.example>, "=?utf-8?q?quoted?=" <q@b.example>\nCc: =?utf-8?q?Group?=: g@b.example;\n\nx\n',
        "repeated fields": "From: a@b.example\nFrom: b@b.example\nSubject: one\nSubject: two\nTo: a@b.example\nTo: c@b.example\n\nx\n",
        "field case": "FROM: a@b.example\nsubject: Lower\nTO: b@b.example\nmEsSaGe-Id: <3@b.example>\n\nx\n",
        "space before colon": "From : a@b.example\nSubject : spaced\n\nx\n",
        "not a field": "From: a@b.example\nthis is no field\nSubject: after\n\nx\n",
        "mbox line": "From bob@b.example Wed Apr  1 09:00:00 2026\nFrom: a@b.example\nSubject: mbox\n\nx\n",
        "quotes in subject": 'From: a@b.example\nSubject: "quoted" back\\slash {5} (paren) NIL\n\nx\n',
        "nil subject": "From: NIL <nil@nil.example>\nSubject: NIL\nMessage-ID: NIL\n\nx\n",
        "message ids": "From: a@b.example\nMessage-ID: no brackets\nIn-Reply-To: <a@b> (comment) <c@d>\nReferences: <e@f>\n\nx\n",
        "dates": "From: a@b.example\nDate: 1 Apr 26 09:00 GMT\nSubject: old date\n\nx\n",
        "bad date": "From: a@b.example\nDate: yesterday\nSubject: bad date\n\nx\n",
        "long subject": "From: a@b.example\nSubject: " + "word " * 60 + "\n\nx\n",
        "long line": "From: a@b.example\nSubject: long\n\n" + "x" * 3000 + "\n",
        "domain case": "From: A@B.Example\nTo: Mixed.Case@Example.COM\n\nx\n",
    }.items()
}
HEADERS["eight bits"] = crlf("From: Jörg <j@b.example>\nSubject: größe 日本語\nTo: a@b.example\n\näöü\n")
HEADERS["latin 1"] = crlf(b"From: J\xf6rg <j@b.example>\nSubject: gr\xf6\xdfe\n\n\xe4\xf6\xfc\n")
HEADERS["bare newlines"] = b"From: a@b.example\nSubject: bare\n\none\ntwo\r\nthree\n"
HEADERS["two empty lines"] = crlf("Subject: two\n\n\nbody\n\n")
HEADERS["tab line"] = crlf("Subject: tab\n\t\nFrom: a@b.example\n\nx\n")

_HEAD = "From: a@b.example\nMIME-Version: 1.0\n"


def _mime(text: str) -> bytes:
    return crlf(_HEAD + text)


BODIES: dict[str, bytes] = {
    name: _mime(text)
    for name, text in {
        "parameters": 'Content-Type: text/plain; charset="us-ascii"; format=flowed; DelSp=yes\n\nx\n',
        "type case": "Content-Type: TEXT/HTML; CHARSET=UTF-8\nContent-Transfer-Encoding: QUOTED-PRINTABLE\n\n<p>=C3=A4</p>\n",
        "all fields": "Content-Type: text/plain\nContent-ID: <i@b.example>\nContent-Description: what it is\nContent-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\n"
        "Content-Disposition: inline; filename=x.txt; size=3\nContent-Language: en, ja\nContent-Location: http://b.example/x\n"
        "Content-Transfer-Encoding: 7bit\n\nx\n",
        "no type": "Content-Transfer-Encoding: base64\n\neA==\n",
        "bad type": "Content-Type: nonsense\n\nx\n",
        "empty type": "Content-Type:\n\nx\n",
        "half type": "Content-Type: text/\n\nx\n",
        "comments in type": "Content-Type: text/plain (comment); charset=utf-8 (another)\n\nx\n",
        "spaces in type": "Content-Type: text / plain ; charset = utf-8\n\nx\n",
        "broken parameters": "Content-Type: text/plain; charset; =x; name=a b c; ;; last=1\n\nx\n",
        "quoted parameters": 'Content-Type: application/octet-stream; name="a \\"b\\" c.bin"; x=""\n\nx\n',
        "rfc 2231": "Content-Type: application/pdf; name*=utf-8''%E8%AB%8B.pdf\nContent-Disposition: attachment;\n"
        " filename*0*=utf-8''%E8%AB%8B; filename*1*=%E6%B1%82; filename*2=.pdf\n\nx\n",
        "encoded file name": 'Content-Type: application/pdf; name="=?utf-8?b?6KuL?="\nContent-Disposition: attachment; filename="=?utf-8?b?6KuL?="\n\nx\n',
        "folded type": 'Content-Type: multipart/mixed;\n boundary="b1";\n\tcharset=utf-8\n\n--b1\n\none\n--b1--\n',
        "disposition alone": "Content-Disposition: attachment\n\nx\n",
        "empty disposition": "Content-Disposition:\nContent-Language:\nContent-Location:\n\nx\n",
        "languages": "Content-Language: en,de , fr\n\nx\n",
        "mixed": "Content-Type: multipart/mixed; boundary=b1\n\npreamble\n--b1\n\none\n--b1\nContent-Type: text/html\n\n<p>two\n--b1--\nepilogue\n",
        "alternative in mixed": "Content-Type: multipart/mixed; boundary=b1\n\n--b1\nContent-Type: multipart/alternative; boundary=b2\n\n"
        "--b2\nContent-Type: text/plain\n\nplain\n--b2\nContent-Type: text/html\n\n<p>html\n--b2--\n\n--b1\n"
        'Content-Type: image/png; name="x.png"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="x.png"\n\niVBORw0KGgo=\n--b1--\n',
        "no parts": "Content-Type: multipart/mixed; boundary=b1\n\nnothing follows\n",
        "no parts but an end": "Content-Type: multipart/mixed; boundary=b1\n\n--b1--\n",
        "no boundary": "Content-Type: multipart/mixed\n\n--b1\n\none\n--b1--\n",
        "no closing boundary": "Content-Type: multipart/mixed; boundary=b1\n\n--b1\n\none\n--b1\n\ntwo\n",
        "empty part": "Content-Type: multipart/mixed; boundary=b1\n\n--b1\n--b1\n\n--b1\n\n\n--b1--\n",
        "part without body": "Content-Type: multipart/mixed; boundary=b1\n\n--b1\nContent-Type: text/html\n--b1\nContent-Type: text/html\n\n--b1--\n",
        "similar boundaries": "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=bb\n\n--bb\n\ninner\n--bb--\n--b\n\nouter\n--bx\n--b--\n",
        "same boundary twice": "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\ninner\n--b--\nafter\n--b--\n",
        "inner not closed": "Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\ninner\n--o\n\nouter\n--o--\n",
        "boundary with spaces": 'Content-Type: multipart/mixed; boundary="a b c"\n\n--a b c\n\none\n--a b c  \n\ntwo\n--a b c--  \n',
        "boundary at once": "Content-Type: multipart/mixed; boundary=b1\n\n--b1\n\none\n--b1--",
        "long boundary": f"Content-Type: multipart/mixed; boundary={'b' * 70}\n\n--{'b' * 70}\n\none\n--{'b' * 70}--\n",
        "message": "Content-Type: message/rfc822\n\nFrom: in@b.example\nSubject: inner\n\ninner body\n",
        "message in mixed": "Content-Type: multipart/mixed; boundary=b1\n\n--b1\n\nsee below\n--b1\nContent-Type: message/rfc822\nContent-Description: forwarded\n\n"
        "From: in@b.example\nTo: t@b.example\nSubject: inner\nDate: Wed, 1 Apr 2026 09:00:00 +0900\n\ninner body\nof two lines\n--b1--\n",
        "multipart message in mixed": "Content-Type: multipart/mixed; boundary=b1\n\n--b1\nContent-Type: message/rfc822\n\nSubject: inner\n"
        "Content-Type: multipart/alternative; boundary=b2\n\n--b2\nContent-Type: text/plain\n\nA\n--b2\nContent-Type: text/html\nContent-Language: en\n\nB\n--b2--\n--b1\n\nlast\n--b1--\n",
        "messages in messages": "Content-Type: message/rfc822\n\nSubject: two\nContent-Type: message/rfc822\n\nSubject: three\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nin three\n--x\nContent-Type: message/rfc822\n\nSubject: four\n\nin four\n--x--\n",
        "empty message part": "Content-Type: multipart/mixed; boundary=b1\n\n--b1\nContent-Type: message/rfc822\n\n--b1--\n",
        "encoded message": "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeAoKYm9keQo=\n",
        "digest": "Content-Type: multipart/digest; boundary=b1\n\n--b1\n\nSubject: first\n\none\n--b1\n\nSubject: second\n\ntwo\n--b1\nContent-Type: text/plain\n\nthree\n--b1--\n",
        "report": "Content-Type: multipart/report; report-type=delivery-status; boundary=b1\n\n--b1\n\nfailed\n--b1\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; x@b.example\nAction: failed\n\n--b1\nContent-Type: text/rfc822-headers\n\nSubject: s\n--b1--\n",
        "external body": "Content-Type: message/external-body; access-type=url; url=x\n\nContent-Type: text/plain\n\n",
        "partial message": "Content-Type: message/partial; id=a; number=1\n\nx\n",
        "multipart extension": "Content-Type: multipart/related; boundary=b1; start=a\nContent-Disposition: inline\nContent-Language: de\nContent-Location: x\n\n--b1\n\none\n--b1--\n",
        "parts with headers": "Content-Type: multipart/mixed; boundary=b1\n\n--b1\nContent-Type: text/plain\nContent-ID: <p1>\nX-Own: yes\n folded\n\none\n--b1\nX-Only: this\n\ntwo\n--b1--\n",
        "attached text": 'Content-Type: multipart/mixed; boundary=b1\n\n--b1\nContent-Type: text/csv; charset=shift_jis; name="t.csv"\nContent-Transfer-Encoding: 8bit\n\n1,2\n\n--b1--\n',
        "lines": "Content-Type: text/plain\n\n\n\none\n\n\n",
        "base64 body": "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n5pil44Gu6Iqx\n",
        "quoted-printable body": "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\nsoft=\n break =E4=F6=FC end=20\n",
        "odd encoding": "Content-Type: text/plain\nContent-Transfer-Encoding: x-uuencode (really)\n\nx\n",
    }.items()
}  # fmt: skip
ALL = {**HEADERS, **BODIES}

#: Parts in each transfer encoding, one of them unknown, and a message with an encoding of its own.
ENCODED = crlf("""From: a@b.example
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

aGVsbG8gd29ybGQ=
--b
Content-Type: application/octet-stream
Content-Transfer-Encoding: base64

AAECAwAA
--b
Content-Type: text/plain
Content-Transfer-Encoding: quoted-printable

a=3Db=
c =20
d
--b
Content-Type: text/plain
Content-Transfer-Encoding: x-odd

odd
--b
Content-Type: message/rfc822

Subject: inner
Content-Transfer-Encoding: base64

aW5uZXI=
--b--
""")

#: The same, without what nobody knows: what BINARY gives of messages and multiparts as a whole.
NESTED = crlf("""From: a@b.example
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

pre
--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

aGVsbG8gd29ybGQ=
--c
X: y
Content-Transfer-Encoding: quoted-printable
Content-Type: text/plain

a=3Db=
c =20
d
--c--

--b
Content-Type: message/rfc822

Subject: inner
Content-Transfer-Encoding: base64

aW5uZXI=
--b--
epi
""")

#: Blanks at the ends of lines, which were not there when the text was encoded.
PADDED = crlf("""From: a@b.example
MIME-Version: 1.0
Content-Type: text/plain
Content-Transfer-Encoding: quoted-printable

one \t
two=20\x20
three=\x20\x20
 four\tand=
 five
\t
=09
""")

#: Messages that hold NUL, or say that they may: each can be appended as a binary literal alone.
BINARY: dict[str, bytes] = {
    "whole": crlf("From: a@b.example\nMIME-Version: 1.0\nContent-Type: application/octet-stream\n"
        "Content-Transfer-Encoding: binary\nSubject: NUL\n\n") + b"a\0b\r\nc\nd",
    "text": crlf("From: a@b.example\nMIME-Version: 1.0\nContent-Transfer-Encoding: Binary\n\n") + b"no NUL\n",
    "part": crlf("From: a@b.example\nMIME-Version: 1.0\nContent-Transfer-Encoding: binary\n"
        "Content-Type: multipart/mixed; boundary=b\n\npre\n--b\nContent-Transfer-Encoding: binary\n\n")
        + bytes(range(256)) + crlf("\n--b\nX: y\n\n7bit\n--b--\nepi\n"),
    "message": crlf("From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        "Content-Type: message/rfc822\n\nMIME-Version: 1.0\nContent-Transfer-Encoding: binary\n\n") + b"\0" + crlf("\n--b--\n"),
    "not said": crlf("From: a@b.example\nMIME-Version: 1.0\n\n") + b"a\0b\r\n",
    "in the header": crlf("From: a@b.example\nMIME-Version: 1.0\n") + b"X: a\0b\r\n\r\nx\r\n",
    "bare newlines": b"From: a@b.example\nMIME-Version: 1.0\nContent-Transfer-Encoding: binary\n\na\0\nb\n",
}  # fmt: skip
