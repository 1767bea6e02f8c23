"""The page on which the server lists a directory."""

from __future__ import annotations

from html.parser import HTMLParser


class Links(HTMLParser):
    """Collects the texts of links."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002, D102 - as HTMLParser has it
        self._is_inside = tag == "a"
        if self._is_inside:
            self.names.append("")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002, D102 - as HTMLParser has it
        self._is_inside = False

    def handle_data(self, data: str) -> None:  # noqa: D102
        if self._is_inside:
            self.names[-1] += data
