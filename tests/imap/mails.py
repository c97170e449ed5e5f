"""Messages of the kinds that tell servers apart: plain, with attachment, a bounce, and one that is in Japanese."""

from __future__ import annotations


def _mail(text: str) -> bytes:
    return text.lstrip("\n").replace("\n", "\r\n").encode()


PLAIN = _mail("""
From: "Bob B. Example" <bob@hibari.example>
To: alice@tsubame.example, Team: carol@tsubame.example, Dave <dave@hibari.example>;
Cc: eve@hibari.example (Eve)
Subject: Lunch
Date: Wed, 1 Apr 2026 09:00:00 +0900
Message-ID: <1@hibari.example>

Shall we meet at noon?
""")

ATTACHMENT = _mail("""
From: bob@hibari.example
To: alice@tsubame.example
Subject: =?utf-8?b?6KuL5rGC5pu4?=
Date: Thu, 2 Apr 2026 09:00:00 +0900
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

A preamble.
--outer
Content-Type: multipart/alternative; boundary=inner

--inner
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

5pil44Gu6Iqx
--inner
Content-Type: text/html; charset=utf-8

<p>spring flower</p>
--inner--

--outer
Content-Type: application/pdf; name="a.pdf"
Content-Disposition: attachment; filename="a.pdf"
Content-Transfer-Encoding: base64
Content-ID: <pdf@hibari.example>

JVBERi0xLjQ=
--outer--
An epilogue.
""")

BOUNCE = _mail("""
Return-Path: <>
From: Mail Delivery System <MAILER-DAEMON@mx.tsubame.example>
To: alice@tsubame.example
Subject: Undelivered mail
Date: Fri, 3 Apr 2026 09:00:01 +0900
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_q0008"

--=_q0008
Content-Type: text/plain; charset=utf-8

User unknown.

--=_q0008
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.tsubame.example

Final-Recipient: rfc822; nobody@hibari.example
Action: failed
Status: 5.1.1

--=_q0008
Content-Type: message/rfc822

From: alice@tsubame.example
To: nobody@hibari.example
Subject: the original
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x

hello
--x
Content-Type: text/csv

1,2
--x--

--=_q0008--
""")

MAILS = [PLAIN, ATTACHMENT, BOUNCE]
