"""For authors of writers: the contract every writer must pass, orders to try it with, and a shop made of memory.

Use it by subclassing, with any test runner that collects classes with `test_…` methods:

    class TestMyWriter(WriterContract):
        def writer(self) -> Writer: …
        def move(self, ref: str, status: str) -> None: …
        def delete(self, ref: str) -> None: …

A writer that cannot find needs `writer` alone, and is asked less (see `otto_import.testing.basis`).
"""

from otto_import.testing.contract import WriterContract
from otto_import.testing.look import Look
from otto_import.testing.memory import MemoryOrder, MemoryWriter

__all__ = ["Look", "MemoryOrder", "MemoryWriter", "WriterContract"]
