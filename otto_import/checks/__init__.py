"""What `otto-import check` looks at: one module a subject, each giving findings as values; nothing here writes or prints."""

from otto_import.checks.proof import Proof, exit_code

__all__ = ["Proof", "exit_code"]
