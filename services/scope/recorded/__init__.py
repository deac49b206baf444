"""Conversations from their JSON, wherever it was kept: the way back from services.scope.document."""

from services.scope.gaps import Remark


class NotALadder(ValueError):
    """JSON that is no ladder's, or cannot be used as one: a remark, what it says besides, and the file if known."""

    def __init__(self, remark: Remark, why: str, file: str = "") -> None:
        self.remark, self.why, self.file = remark, why, file
        super().__init__(remark, why)
