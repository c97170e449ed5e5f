"""A small private world of e-mail: real SMTP, POP3, IMAP and DNS servers, their record, and what is made of it."""

__version__ = "0.1.0"
