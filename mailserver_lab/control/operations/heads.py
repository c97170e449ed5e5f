"""A message in a list."""


def head(raw: bytes) -> str:
    """A message's header section, as text, at most as much as anybody lists."""
    end = raw.find(b"\r\n\r\n")
    return raw[: end if 0 <= end < 8_192 else 8_192].decode("utf-8", "replace")
