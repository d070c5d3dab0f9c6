"""The one error of this reader."""


class Refused(Exception):
    """The file is not as docs/FORMAT.md describes it, or it was made with another key."""


def require(condition, otherwise):
    if not condition:
        raise Refused(otherwise)
