"""Exceptions whose message is one clear line: the offending value and what would be accepted."""

from __future__ import annotations


class InputError(ValueError):
    """Bad input from a user.  The message is a single line; the command line prints it and exits with status 2."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class TooLargeError(InputError):
    """The codebook does not factorise here and is too large to list: ``too large to enumerate: N tokens``."""

    def __init__(self, tokens: int, needed_for: str = "") -> None:
        self.tokens = tokens
        reason = f" ({needed_for})" if needed_for else ""
        super().__init__(f"too large to enumerate: {tokens} tokens{reason}")


class MissingExtraError(InputError):
    """An optional dependency is absent; the message gives the install line."""

    def __init__(self, package: str, extra: str, needed_for: str) -> None:
        super().__init__(f"{needed_for} needs {package}: pip install 'fsq-theory[{extra}]'")
