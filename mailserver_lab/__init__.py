"""A small private world of e-mail: real SMTP, POP3, IMAP and DNS servers, their record, and what is made of it."""

__version__ = "0.1.0"

__all__ = ["open_lab", "open_lab_sync"]


def __getattr__(name: str) -> object:
    # `serve` greets its first client sooner when nothing is imported that it does not use
    if name in __all__:
        from . import control  # noqa: PLC0415

        return getattr(control, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
