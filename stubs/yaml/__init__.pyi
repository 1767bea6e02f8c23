from collections.abc import Iterator
from typing import Any

def safe_load(stream: str) -> Any: ...  # noqa: ANN401 - whatever the file holds
def safe_load_all(stream: str) -> Iterator[Any]: ...
