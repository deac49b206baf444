"""Conversations from their JSON, wherever it was kept: the way back from services.scope.document."""

from services.scope.gaps import Remark


class NotALadder(ValueError):
    """JSON that is no ladder's, or cannot be used as one: a remark, and what it says besides."""

    def __init__(self, remark: Remark, why: str) -> None:
        self.remark, self.why = remark, why
        super().__init__(remark, why)
