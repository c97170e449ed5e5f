"""Bounces written in the manner of many mail systems, and what the doctor must say of each. Own words around the systems' fixed phrases."""

from __future__ import annotations

from dataclasses import dataclass

Expected = tuple[str, str, str, str]  # recipient, cause, status, reply


@dataclass(frozen=True)
class Sample:
    kind: str
    recipients: list[Expected]
    raw: bytes
    author: str = ""


ORIGINAL = """Return-Path: <anna@tsubame.example>
Received: from pc.tsubame.example ([192.0.2.10]) by mx.tsubame.example; Wed, 1 Apr 2026 09:00:00 +0900
From: Anna <anna@tsubame.example>
To: yuki@hibari.example
Subject: Mailbox full of virus and spam? User unknown!
Message-ID: <1@pc.tsubame.example>
Date: Wed, 1 Apr 2026 09:00:00 +0900

The subject and this text are mine: quota exceeded, 552 5.2.2 mailbox full, host unknown.
"""


def mail(head: str, body: str, charset: str = "utf-8") -> bytes:
    return (head.strip() + "\n\n" + body.lstrip("\n")).encode(charset)


def report(
    text: str,
    *groups: str,
    host: str = "mx.tsubame.example",
    sender: str = "anna@tsubame.example",
    head: str = "",
    original: str = ORIGINAL,
) -> bytes:
    """A report in the standard form."""
    fields = f"Reporting-MTA: dns; {host}\nArrival-Date: Wed, 1 Apr 2026 09:00:00 +0900\n\n" + "\n\n".join(
        group.strip() for group in groups
    )
    return mail(
        f"Return-Path: <>\nFrom: MAILER-DAEMON@{host} (Mail Delivery System)\nTo: {sender}\nSubject: Undelivered Mail Returned to Sender\n"
        f'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b/1"\n{head}',
        f"This is a MIME-encapsulated message.\n\n--b/1\nContent-Type: text/plain; charset=us-ascii\n\n{text}\n\n--b/1\n"
        f"Content-Type: message/delivery-status\n\n{fields}\n\n--b/1\nContent-Type: message/rfc822\n\n{original}\n--b/1--\n",
    )


POSTFIX = """This is the mail system at host mx.tsubame.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system

<recipent@hibari.example>: host mx.hibari.example[192.0.2.25] said: 550 5.1.1
    <recipent@hibari.example>: Recipient address rejected: User unknown in
    virtual mailbox table (in reply to RCPT TO command)

<full@hibari.example>: host mx.hibari.example[192.0.2.25] said: 452 4.2.2 Mailbox
    full (in reply to RCPT TO command)
"""

SAMPLES: dict[str, Sample] = {
    "Postfix, two recipients": Sample(
        "bounce",
        [
            ("recipent@hibari.example", "user-unknown", "5.1.1", "550"),
            ("full@hibari.example", "mailbox-full", "4.2.2", "452"),
        ],
        report(
            POSTFIX,
            "Final-Recipient: rfc822; recipent@hibari.example\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.hibari.example\n"
            "Diagnostic-Code: smtp; 550 5.1.1 <recipent@hibari.example>: Recipient address\n    rejected: User unknown in virtual mailbox table",
            "Final-Recipient: rfc822; full@hibari.example\nAction: failed\nStatus: 4.2.2\nRemote-MTA: dns; mx.hibari.example\n"
            "Diagnostic-Code: smtp; 452 4.2.2 Mailbox full",
        ),
        author="own",
    ),
    "Postfix, a delay": Sample(
        "delay",
        [("yuki@hibari.example", "network-or-dns-failure", "4.4.1", "")],
        report(
            "THIS IS A WARNING ONLY.\nYour message could not be delivered for more than 4 hour(s).\nIt will be retried until it is 5 day(s) old.\n\n"
            "<yuki@hibari.example>: connect to mx.hibari.example[192.0.2.25]:25: No route to host",
            "Final-Recipient: rfc822; yuki@hibari.example\nAction: delayed\nStatus: 4.4.1\n"
            "Diagnostic-Code: X-Postfix; connect to mx.hibari.example[192.0.2.25]:25: No\n    route to host",
        ),
    ),
    "Postfix, asked for a receipt": Sample(
        "delivered",
        [("yuki@hibari.example", "delivered", "2.1.5", "250")],
        report(
            "Your message was successfully delivered.",
            "Final-Recipient: rfc822; yuki@hibari.example\nAction: relayed\nStatus: 2.1.5\nDiagnostic-Code: smtp; 250 2.1.5 Ok",
        ),
    ),
    "a forwarder's report": Sample(
        "bounce",
        [("yuki@suzume.example", "mailbox-full", "5.2.2", "552")],
        report(
            "Forwarding failed.",
            "Original-Recipient: rfc822; yuki@hibari.example\nFinal-Recipient: rfc822; yuki@suzume.example\nAction: failed\nStatus: 5.2.2\n"
            "Remote-MTA: dns; mx.suzume.example\nDiagnostic-Code: smtp; 552 5.2.2 Over quota",
            host="mx.hibari.example",
        ),
        author="forwarder",
    ),
    "the recipient's own server": Sample(
        "bounce",
        [("yuki@hibari.example", "mailbox-full", "5.2.2", "")],
        report(
            "The mailbox has no room.",
            "Final-Recipient: rfc822; yuki@hibari.example\nAction: failed\nStatus: 5.2.2",
            host="mx.hibari.example",
        ),
        author="recipient",
    ),
    "Sendmail's transcript, no report": Sample(
        "bounce",
        [("u@b.example", "host-unknown", "5.1.2", "550")],
        mail(
            "From: Mail Delivery Subsystem <MAILER-DAEMON@mx.tsubame.example>\nTo: <anna@tsubame.example>\nSubject: Returned mail: see transcript for details",
            "The original message was received at Wed, 1 Apr 2026 09:00:00 +0900\nfrom pc.tsubame.example [192.0.2.10]\n\n"
            "   ----- The following addresses had permanent fatal errors -----\n<u@b.example>\n    (reason: 550 Host unknown)\n\n"
            "   ----- Transcript of session follows -----\n550 5.1.2 <u@b.example>... Host unknown (Name server: b.example: host not found)\n\n"
            "   ----- Original message follows -----\n\n" + ORIGINAL,
        ),
        author="own",
    ),
    "Sendmail, pipelined: the refusal stands below DATA": Sample(
        "bounce",
        [("u@hibari.example", "user-unknown", "5.1.1", "550")],
        report(
            "   ----- Transcript of session follows -----\n... while talking to mx.hibari.example.:\n>>> DATA\n<<< 550 5.1.1 <u@hibari.example>... User unknown\n"
            "550 5.1.1 <u@hibari.example>... User unknown\n<<< 503 5.0.0 Need RCPT (recipient)",
            "Final-Recipient: RFC822; u@hibari.example\nAction: failed\nStatus: 5.1.1\nRemote-MTA: DNS; mx.hibari.example\nDiagnostic-Code: SMTP; 550 5.1.1 <u@hibari.example>... User unknown",
        ),
    ),
    "Exim": Sample(
        "bounce",
        [
            ("u@hibari.example", "message-too-large", "5.2.3", "552"),
            ("v@hibari.example", "undeliverable-for-too-long", "", ""),
        ],
        mail(
            "From: Mail Delivery System <Mailer-Daemon@tsubame.example>\nTo: anna@tsubame.example\nX-Failed-Recipients: u@hibari.example,\n v@hibari.example\nSubject: Mail delivery failed: returning message to sender\nAuto-Submitted: auto-replied",
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
            "  u@hibari.example\n    host mx.hibari.example [192.0.2.25]\n    SMTP error from remote mail server after MAIL FROM:<anna@tsubame.example> SIZE=30000000:\n    552 5.2.3 Message exceeds maximum fixed size\n"
            "  v@hibari.example\n    retry timeout exceeded\n\n------ This is a copy of the message, including all the headers. ------\n\n"
            + ORIGINAL,
        ),
    ),
    "qmail": Sample(
        "bounce",
        [
            ("u@hibari.example", "user-unknown", "5.1.1", ""),
            ("v@b.example", "host-unknown", "5.1.2", ""),
            ("w@hibari.example", "undeliverable-for-too-long", "4.4.1", ""),
        ],
        mail(
            "From: MAILER-DAEMON@mx.tsubame.example\nTo: anna@tsubame.example\nSubject: failure notice",
            "Hi. This is the qmail-send program at mx.tsubame.example.\nI'm afraid I wasn't able to deliver your message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
            "<u@hibari.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n<v@b.example>:\nSorry, I couldn't find any host named b.example. (#5.1.2)\n\n"
            "<w@hibari.example>:\nSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\nI'm not going to try again; this message has been in the queue too long.\n\n"
            "--- Below this line is a copy of the message.\n\n" + ORIGINAL,
        ),
    ),
    "Courier": Sample(
        "bounce",
        [("u@hibari.example", "mailbox-full", "5.2.2", "552")],
        report(
            "This is a delivery status notification from mx.tsubame.example.\n\n<u@hibari.example>:\n     mx.hibari.example [192.0.2.25]:\n>>> RCPT TO:<u@hibari.example>\n<<< 552 5.2.2 Maildir over quota",
            "Final-Recipient: rfc822; u@hibari.example\nAction: failed\nStatus: 5.0.0\nRemote-MTA: dns; mx.hibari.example [192.0.2.25]\nDiagnostic-Code: smtp; 552 5.2.2 Maildir over quota",
        ),
    ),
    "OpenSMTPD": Sample(
        "bounce",
        [("u@b.example", "host-unknown", "", "")],
        mail(
            "From: Mailer Daemon <MAILER-DAEMON@tsubame.example>\nTo: anna@tsubame.example\nSubject: Delivery status notification: error",
            "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    An error has occurred while attempting to deliver a message for\n    the following list of recipients:\n\n"
            "u@b.example: Domain does not exist\n\n    Below is a copy of the original message:\n\n"
            + ORIGINAL,
        ),
    ),
    "Exchange 2003": Sample(
        "bounce",
        [("yuki@hibari.example", "mailbox-full", "5.2.2", "")],
        mail(
            "From: System Administrator <postmaster@hibari.example>\nTo: anna@tsubame.example\nSubject: Undeliverable: User unknown? Quota?",
            "Your message did not reach some or all of the intended recipients.\n\n      Subject:  User unknown? Quota?\n      Sent:     4/1/2026 9:00 AM\n\nThe following recipient(s) could not be reached:\n\n"
            "      yuki@hibari.example on 4/1/2026 9:00 AM\n            The recipient's mailbox is full. Please try resending this message later.\n            <mx.hibari.example #5.2.2>\n",
        ),
        author="recipient",
    ),
    "Microsoft 365": Sample(
        "bounce",
        [("yuki@hibari.example", "user-unknown", "5.1.10", "550")],
        report(
            "Your message to yuki@hibari.example couldn't be delivered.\n\nyuki wasn't found at hibari.example.\n\nDiagnostic information for administrators:\n\nGenerating server: AB1.outlook.example\n\nyuki@hibari.example\n"
            "Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient yuki@hibari.example not found by SMTP address lookup'",
            "Final-Recipient: rfc822;yuki@hibari.example\nAction: failed\nStatus: 5.1.10\nDiagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient yuki@hibari.example not found by SMTP address lookup",
            host="AB1.outlook.example",
        ),
    ),
    "Gmail of today, no such domain, status 4.0.0": Sample(
        "bounce",
        [("yuki@hibarii.example", "host-unknown", "4.0.0", "")],
        report(
            "** Address not found **\n\nYour message wasn't delivered to yuki@hibarii.example because the domain hibarii.example couldn't be found. Check for typos or unnecessary spaces and try again.\n\nThe response was:\n\n"
            "DNS Error: DNS type 'mx' lookup of hibarii.example responded with code NXDOMAIN",
            "Final-Recipient: rfc822; yuki@hibarii.example\nAction: failed\nStatus: 4.0.0\nDiagnostic-Code: smtp; DNS Error: DNS type 'mx' lookup of hibarii.example responded with code NXDOMAIN\n Domain name not found: hibarii.example",
            host="googlemail.com",
        ),
    ),
    "Gmail of 2010, quoted-printable": Sample(
        "bounce",
        [("yuki@hibari.example", "sending-host-blocked", "5.7.1", "554")],
        mail(
            "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\nTo: anna@gmail.com\nX-Failed-Recipients: yuki@hibari.example\nSubject: Delivery Status Notification (Failure)\nContent-Type: text/plain; charset=ISO-8859-1\nContent-Transfer-Encoding: quoted-printable",
            "Delivery to the following recipient failed permanently:\n\n     yuki@hibari.example\n\nTechnical details of permanent failure:=20\nGoogle tried to deliver your message, but it was rejected by the recipient =\ndomain. The error that the other server return=\ned was: 554 554 5.7.1 Service unavailable; Client host [192.0.2.49] bloc=\nked using zen.spamhaus.org (state 13).\n\n----- Original message -----\n\n"
            + ORIGINAL,
        ),
    ),
    "Yahoo": Sample(
        "bounce",
        [("yuki@hibari.example", "user-unknown", "5.1.1", "550")],
        mail(
            "From: MAILER-DAEMON@yahoo.example\nTo: anna@yahoo.example\nSubject: Failure Notice",
            "Sorry, we were unable to deliver your message to the following address.\n\n<yuki@hibari.example>:\nRemote host said:\n550 5.1.1 <yuki@hibari.example>... User Unknown\n [RCPT_TO]\n\n--- Below this line is a copy of the message.\n\n"
            + ORIGINAL,
        ),
    ),
    "Amazon SES in JSON": Sample(
        "bounce",
        [("yuki@hibari.example", "mailbox-full", "5.2.2", "552")],
        mail(
            "From: no-reply@sns.amazonaws.com\nTo: anna@tsubame.example\nSubject: AWS Notification Message",
            '{"notificationType":"Bounce","bounce":{"bounceType":"Transient","bouncedRecipients":[{"emailAddress":"yuki@hibari.example","action":"failed","status":"5.2.2","diagnosticCode":"smtp; 552 5.2.2 mailbox full"}]},"mail":{"source":"anna@tsubame.example"}}\n',
        ),
    ),
    "Amazon SES in JSON, a complaint": Sample(
        "complaint",
        [],
        mail(
            "From: no-reply@sns.amazonaws.com\nSubject: AWS Notification Message",
            '{"notificationType":"Complaint","complaint":{"complainedRecipients":[{"emailAddress":"yuki@hibari.example"}]}}\n',
        ),
    ),
    "docomo: unknown only after DATA": Sample(
        "bounce",
        [("yuki@docomo.example", "refused-by-recipient", "5.0.0", "550")],
        report(
            "<yuki@docomo.example>: host mfsmax.docomo.example[192.0.2.25] said: 550 Unknown user\n    yuki@docomo.example (in reply to end of DATA command)",
            "Final-Recipient: rfc822; yuki@docomo.example\nAction: failed\nStatus: 5.0.0\nRemote-MTA: dns; mfsmax.docomo.example\nDiagnostic-Code: smtp; 550 Unknown user yuki@docomo.example",
        ),
    ),
    "a carrier in ISO-2022-JP, a dot before the @": Sample(
        "bounce",
        [('"yuki."@keitai.example', "user-unknown", "", "550")],
        mail(
            "From: Postmaster@keitai.example\nTo: anna@tsubame.example\nSubject: Mail System Error - Returned Mail\nContent-Type: text/plain; charset=ISO-2022-JP",
            '次のあて先へのメッセージはエラーのため送信できませんでした。\n\n    Recipient: <"yuki."@keitai.example>\n    >>> RCPT TO:<"yuki."@keitai.example>\n    <<< 550 <"yuki."@keitai.example>: User unknown\n',
            "iso-2022-jp",
        ),
    ),
    "a carrier's mailbox full": Sample(
        "bounce",
        [("yuki@keitai.example", "mailbox-full", "", "")],
        mail(
            "From: no-reply@keitai.example\nTo: anna@tsubame.example\nSubject: Mail\nContent-Type: text/plain; charset=ISO-2022-JP",
            "Your mail sent on: Wed, 1 Apr 2026 09:00:00 +0900\n     Could not be delivered to: <yuki@keitai.example>\n     As their mailbox is full.\n\n--- Original message follows.\n\n"
            + ORIGINAL,
        ),
    ),
    "a provider in Shift_JIS that says nothing of it": Sample(
        "bounce",
        [("yuki@hibari.example", "mailbox-full", "", "")],
        mail(
            "From: MAILER-DAEMON@hibari.example\nTo: anna@tsubame.example\nSubject: failure notice",
            "以下の宛先にメールを配送できませんでした。\n\nyuki@hibari.example\n宛先のメールボックスの容量が超過しているため、\n受け取ることができません。\n",
            "cp932",
        ),
    ),
    "a provider in UTF-8, the phrase broken over two lines": Sample(
        "bounce",
        [("yuki@hibari.example", "message-too-large", "", "")],
        mail(
            "From: postmaster@hibari.example\nTo: anna@tsubame.example\nSubject: =?utf-8?B?6YWN6YCB44Ko44Op44O8?=\nContent-Type: text/plain; charset=utf-8",
            "メールを配信できませんでした。\n宛先: yuki@hibari.example\n理由: メールサイ\nズの上限を超えています。\n",
        ),
    ),
    "a provider with headings": Sample(
        "bounce",
        [("yuki@hibari.example", "mailbox-full", "", "")],
        mail(
            "From: MAILER-DAEMON@hibari.example\nTo: anna@tsubame.example\nSubject: failure notice\nContent-Type: text/plain; charset=utf-8",
            "お客様のメールは送信できませんでした。\n\n【宛先】yuki@hibari.example\n【理由】受信者のメールボックスが容量いっぱいです。\n",
        ),
    ),
    "a gateway that answers in one sentence": Sample(
        "bounce",
        [("yuki@hibari.example", "user-unknown", "5.1.1", "550")],
        mail(
            "From: mailer-daemon\nTo: anna@tsubame.example\nSubject: There was an error sending your mail",
            "We had trouble delivering your message.\n\nSMTP Server <mx.hibari.example> rejected recipient <yuki@hibari.example> (Error following RCPT command). It responded as follows: [550 5.1.1 User unknown]\n",
        ),
    ),
    "a transcript with Sent and Received": Sample(
        "bounce",
        [("yuki@hibari.example", "user-unknown", "5.1.1", "550")],
        mail(
            "From: Gateway <postmaster@hibari.example>\nTo: anna@tsubame.example\nSubject: Mail could not be delivered",
            "  Sent <<< RCPT TO:<yuki@hibari.example>\n  Received >>> 550 5.1.1 <yuki@hibari.example>... user unknown\n  Unable to deliver message to <yuki@hibari.example>.\n",
        ),
    ),
    "the reason before the recipient": Sample(
        "bounce",
        [("yuki@hibari.example", "mailbox-full", "5.2.2", "552")],
        mail(
            "From: postmaster@hibari.example\nTo: anna@tsubame.example\nSubject: Undeliverable Mail: lunch",
            "Your message:\n  From:    anna@tsubame.example\n  Subject: user unknown\n\nCould not be delivered because of\n\n552 5.2.2 Over quota\n\nThe following recipients were affected:\n    yuki@hibari.example\n",
        ),
    ),
    "old free text, no MIME": Sample(
        "bounce",
        [("yuki@hibari.example", "user-unknown", "", "")],
        mail(
            "From: Postmaster <postmaster@hibari.example>\nTo: anna@tsubame.example\nSubject: Undeliverable Mail",
            "Unknown user: yuki@hibari.example\n\n\nOriginal message follows.\n\n" + ORIGINAL,
        ),
        author="recipient",
    ),
    "says nothing of the cause": Sample(
        "bounce",
        [("yuki@hibari.example", "unclear", "5.0.0", "")],
        report(
            "Delivery failed.", "Final-Recipient: rfc822; yuki@hibari.example\nAction: failed\nStatus: 5.0.0"
        ),
    ),
    "the code says one thing, the words another": Sample(
        "bounce",
        [("yuki@hibari.example", "mailbox-full", "5.1.1", "550")],
        report(
            "Delivery failed.",
            "Final-Recipient: rfc822; yuki@hibari.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 sorry, this mailbox is full (over quota)",
        ),
    ),
    "fields without a part of their own": Sample(
        "bounce",
        [("yuki@hibari.example", "server-failure", "5.3.5", "550")],
        mail(
            "From: MAILER-DAEMON@relay.example\nTo: anna@tsubame.example\nSubject: Delivery Status Notification (Failure)",
            "An error occurred while trying to deliver the mail to the following recipients:\nyuki@hibari.example\n\nTechnical report:\n\nReporting-MTA: dns; relay.example\n\nAction: failed\nFinal-Recipient: rfc822; yuki@hibari.example\nDiagnostic-Code: smtp; 550 5.3.5 Internal System Error\nStatus: 5.3.5\n",
        ),
    ),
    "the boundary in the header is a wrong one": Sample(
        "bounce",
        [("yuki@hibari.example", "user-unknown", "5.1.1", "550")],
        report(
            "Delivery failed.",
            "Final-Recipient: rfc822; yuki@hibari.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown",
        ).replace(b'boundary="b/1"', b'boundary="lost"'),
    ),
    "HTML alone": Sample(
        "bounce",
        [("yuki@hibari.example", "user-unknown", "5.1.1", "550")],
        mail(
            "From: postmaster@hibari.example\nTo: anna@tsubame.example\nSubject: Undeliverable: lunch\nContent-Type: text/html; charset=utf-8",
            "<html><head><style>p{}</style><script>alert('mailbox full')</script></head><body><p>Your message couldn&#39;t be delivered.</p><p>yuki@hibari.example</p><p>Remote Server returned '550 5.1.1 User&nbsp;unknown'</p><!-- over quota --></body></html>",
        ),
    ),
    "a mailing list for members": Sample(
        "bounce",
        [("", "sender-refused", "", "")],
        mail(
            "From: neko-admin@ml.example\nTo: anna@tsubame.example\nX-ML-Name: neko\nX-MLServer: fml\nSubject: You anna@tsubame.example are not member (neko ML)",
            "You are not a member of this mailing list.\n",
        ),
    ),
    "an absence reply": Sample(
        "vacation",
        [("yuki@hibari.example", "vacation-reply", "", "")],
        mail(
            "From: Yuki <yuki@hibari.example>\nTo: anna@tsubame.example\nSubject: Automatic reply: lunch\nAuto-Submitted: auto-replied",
            "I am out of the office. Mail could not be answered until Monday.\n",
        ),
    ),
    "an absence reply in Japanese": Sample(
        "vacation",
        [("yuki@hibari.example", "vacation-reply", "", "")],
        mail(
            "From: yuki@hibari.example\nTo: anna@tsubame.example\nSubject: =?iso-2022-jp?B?GyRCSVQ6XyROJCpDTiRpJDsbKEI=?=",
            "休暇をいただいております。\n",
        ),
    ),
    "an abuse report": Sample(
        "complaint",
        [],
        mail(
            "From: fbl@provider.example\nTo: abuse@tsubame.example\nSubject: FW: lunch\nContent-Type: multipart/report; report-type=feedback-report; boundary=b",
            f"--b\nContent-Type: text/plain\n\nThis is an abuse report.\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n--b\nContent-Type: message/rfc822\n\n{ORIGINAL}\n--b--\n",
        ),
    ),
    "a read receipt": Sample(
        "receipt",
        [],
        mail(
            "From: yuki@hibari.example\nSubject: Read: lunch\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b",
            "--b\nContent-Type: text/plain\n\nYour message was displayed.\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; yuki@hibari.example\nDisposition: manual-action/MDN-sent-manually; displayed\n--b--\n",
        ),
    ),
    "ordinary mail": Sample(
        "other",
        [],
        mail(
            "From: Yuki <yuki@hibari.example>\nTo: anna@tsubame.example\nSubject: lunch",
            "Hello Anna,\n\nmy mailbox is full of spam, so let us have lunch.\n",
        ),
    ),
    "a parcel that was not delivered": Sample(
        "other",
        [],
        mail(
            "From: Parcels <info@parcels.example>\nTo: anna@tsubame.example\nSubject: Delivery failed: your parcel",
            "Your parcel could not be delivered. Choose a new date at https://parcels.example/.\n",
        ),
    ),
}

ORDINARY = {
    "plans for a holiday": ("Subject: Vacation plans", "When do you take your vacation?"),
    "an application for leave": ("Subject: 休暇の申請", "休暇をいただきたく、お願いいたします。"),
    "a machine that wants no answers": ("Subject: Your report is ready\nX-Auto-Response-Suppress: All\nAuto-Submitted: auto-generated", "Your weekly report is ready."),
    "a list that speaks of bounces": ("Subject: Undelivered mail again\nX-ML-Name: postfix\nX-MLServer: fml", "Mail that could not be delivered comes back to me. Why?"),
    "a newsletter with numbers": ("Subject: Delivery problems", "In 2025, parcels for 500 people could not be delivered, and 450 Users complained."),
    "a shop's order": ("Subject: 配送できませんでした", "ご不在のため、お荷物をお届けできませんでした。再配達をお申し込みください。"),
}  # fmt: skip
for _name, (_head, _text) in ORDINARY.items():
    SAMPLES[_name] = Sample(
        "other",
        [],
        mail(f"From: Someone <someone@hibari.example>\nTo: anna@tsubame.example\n{_head}", _text + "\n"),
    )

FORWARDED = "Content-Type: multipart/mixed; boundary=outer\nFrom: Anna <anna@tsubame.example>\nTo: help@tsubame.example\nSubject: Fwd: what is this?"
_INNER = SAMPLES["Postfix, two recipients"]
SAMPLES["a bounce that a person attached"] = Sample(
    "bounce",
    _INNER.recipients,
    mail(
        FORWARDED,
        "--outer\nContent-Type: text/plain\n\nWhat is this?\n--outer\nContent-Type: message/rfc822\n\n",
    )
    + _INNER.raw
    + b"\n--outer--\n",
)
SAMPLES["a bounce that a person pasted"] = Sample(
    "bounce",
    [("yuki@hibari.example", "user-unknown", "5.1.1", "550")],
    mail(
        "From: Anna <anna@tsubame.example>\nTo: help@tsubame.example\nSubject: what is this?",
        "What is this?\n\n> Sorry, we were unable to deliver your message to the following address.\n>\n> <yuki@hibari.example>:\n> Remote host said: 550 5.1.1 User unknown [RCPT_TO]\n",
    ),
)
