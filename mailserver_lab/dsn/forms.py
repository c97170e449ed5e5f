"""The shape that each mail system gives its notifications: data, filled in by `write`.

From, subject, marks in the header, headings and the order of things are as the real ones have them; the sentences are the
lab's own. These write English whatever the reader's language is, as the programs do unless somebody translates them.

In the lines: {host} who writes, {address} the recipient, {remote} who refused, {reply} what it said and {text} its words alone,
{verb} or {command} to what; {arrived} when the message came, its {subject} and {id}; {addresses} all recipients, {title} what it is about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """One mail system's notification.

    Args:
        sender: the From.
        subjects: by what is told: failed, delayed, delivered.
        headers: further lines of the header.
        intro: what comes first, by what is told.
        refused: about a recipient whom another server refused.
        own: about one that this server itself could not serve.
        between: what stands between the recipients and the words of refusal; empty where each has them beside it.
        quoted: the words of refusal, after `between`.
        closing: the end.
        auto: the value of Auto-Submitted (RFC 3834).
        descriptions: Content-Description of the three parts.
        diagnostics: the type of Diagnostic-Code, for another server's words and for this one's (RFC 3464 section 2.3.6).
        html: whether the text comes as HTML too.
    """

    sender: str
    subjects: Mapping[str, str]
    intro: Mapping[str, Lines]
    refused: Lines
    own: Lines
    headers: Lines = ()
    between: Lines = ()
    quoted: Lines = ()
    closing: Lines = ()
    auto: str = "auto-replied"
    descriptions: Lines = ()
    diagnostics: tuple[str, str] = ("smtp", "smtp")
    html: bool = False


SENDMAIL = Form(
    sender="Mail Delivery Subsystem <MAILER-DAEMON@{host}>",
    subjects={
        "failed": "Returned mail: see transcript for details",
        "delayed": "Warning: could not send message for past 4 hours",
        "delivered": "Return receipt",
    },
    auto="auto-generated (failure)",
    intro={
        "failed": ("The message came here at {arrived}.", "", "   ----- The following addresses had permanent fatal errors -----"),
        "delayed": ("THIS IS A WARNING. The message is not lost, and need not be sent again.", "It came here at {arrived}.", "", "   ----- The following addresses had transient non-fatal errors -----"),
        "delivered": ("The message came here at {arrived}.", "", "   ----- The following addresses had successful delivery notifications -----"),
    },
    refused=("<{address}>", "    (reason: {reply})"),
    own=("<{address}>", "    (reason: {reply})"),
    between=("", "   ----- Transcript of session follows -----"),
    quoted=("... while talking to {remote}.:", ">>> {command}", "<<< {reply}"),
    diagnostics=("SMTP", "SMTP"),
)  # fmt: skip

POSTFIX = Form(
    sender="MAILER-DAEMON@{host} (Mail Delivery System)",
    subjects={
        "failed": "Undelivered Mail Returned to Sender",
        "delayed": "Delayed Mail (still being retried)",
        "delivered": "Successful Mail Delivery Report",
    },
    intro={
        "failed": ("This is the mail system at host {host}.", "", "Your message did not reach the recipients named below.", "It is attached. Should you need help, write to postmaster and", "enclose this report.", "", "                   The mail system", ""),
        "delayed": ("This is the mail system at host {host}.", "", "####################################################################", "# THIS IS A WARNING ONLY.  THERE IS NO NEED TO SEND IT AGAIN.      #", "####################################################################", "", "Your message has not arrived yet, and is tried again.", "", "                   The mail system", ""),
        "delivered": ("This is the mail system at host {host}.", "", "Your message was delivered to the recipients named below.", "", "                   The mail system", ""),
    },
    refused=("<{address}>: host {remote} said: {reply} (in reply to {verb} command)",),
    own=("<{address}>: {text}",),
    descriptions=("Notification", "Delivery report", "Undelivered Message"),
    diagnostics=("smtp", "X-Postfix"),
)  # fmt: skip

EXIM = Form(
    sender="Mail Delivery System <Mailer-Daemon@{host}>",
    subjects={
        "failed": "Mail delivery failed: returning message to sender",
        "delayed": "Warning: message delayed",
        "delivered": "Delivery of your message succeeded",
    },
    headers=("X-Failed-Recipients: {addresses}",),
    intro={
        "failed": ("The mail delivery software at {host} wrote this by itself.", "", "A message of yours could not be delivered to the addresses below.", "It will not be tried again."),
        "delayed": ("The mail delivery software at {host} wrote this by itself.", "", "A message of yours has not been delivered yet. There is nothing", "for you to do; it is tried again."),
        "delivered": ("The mail delivery software at {host} wrote this by itself.", "", "A message of yours was delivered to these addresses."),
    },
    refused=("", "  {address}", "    host {remote}", "    SMTP error from remote mail server after {command}:", "    {reply}"),
    own=("", "  {address}", "    {text}"),
)  # fmt: skip

EXCHANGE = Form(
    sender="postmaster@{host}",
    subjects={
        "failed": "Undeliverable: {subject}",
        "delayed": "Delivery delayed: {subject}",
        "delivered": "Delivered: {subject}",
    },
    intro={
        "failed": ("Your message could not be delivered to the people below.", "Check the address, and whether the mailbox can take the message.", "Then send it again."),
        "delayed": ("Your message has not been delivered yet. {host} keeps trying.",),
        "delivered": ("Your message was delivered to the people below.",),
    },
    refused=("", "{address}"),
    own=("", "{address}"),
    between=("", "Diagnostic information for administrators:", "", "Generating server: {host}"),
    quoted=("", "{address}", "Remote Server at {remote} returned '{reply}'"),
)  # fmt: skip

GMAIL = Form(
    sender="Mail Delivery Subsystem <mailer-daemon@{host}>",
    subjects={
        "failed": "Delivery Status Notification (Failure)",
        "delayed": "Delivery Status Notification (Delay)",
        "delivered": "Delivery Status Notification (Success)",
    },
    headers=("X-Failed-Recipients: {addresses}", "In-Reply-To: {id}", "References: {id}"),
    intro={
        "failed": ("** {title} **",),
        "delayed": ("** Delivery incomplete **", "", "There is a delay, and {host} keeps trying."),
        "delivered": ("** Delivered **",),
    },
    refused=("", "Your message to {address} has not been delivered.", "", "The response from the remote server was:", "{reply}"),
    own=("", "Your message to {address} has not been delivered.", "", "The response was:", "{reply}"),
    html=True,
)  # fmt: skip

FORMS = {
    "sendmail": SENDMAIL,
    "postfix": POSTFIX,
    "exim": EXIM,
    "exchange": EXCHANGE,
    "gmail": GMAIL,
}
"""By the name of the wording; the lab's own, `default`, is in `texts`."""

GMAIL_TITLES = {"1": "Address not found", "2": "Recipient inbox full", "3": "Message too large"}
"""By the subject of the enhanced status code, its second number (RFC 3463 section 3)."""
