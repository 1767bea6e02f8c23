from collections.abc import Sequence
from xml.etree.ElementTree import Element

class TestCase:
    def __init__(
        self,
        name: str,
        classname: str | None = None,
        elapsed_sec: float | None = None,
        stdout: str | None = None,
        stderr: str | None = None,
        *,
        allow_multiple_subelements: bool = False,
    ) -> None: ...
    def add_error_info(self, message: str, output: str, error_type: str | None = None) -> None: ...
    def add_failure_info(
        self, message: str, output: str, failure_type: str | None = None
    ) -> None: ...
    def add_skipped_info(self, message: str, output: str | None = None) -> None: ...

class TestSuite:
    def __init__(
        self,
        name: str,
        test_cases: Sequence[TestCase] | None = None,
        hostname: str | None = None,
        *,
        timestamp: str | None = None,
        properties: dict[str, str] | None = None,
        url: str | None = None,
        stdout: str | None = None,
        stderr: str | None = None,
    ) -> None: ...
    def build_xml_doc(self) -> Element: ...
