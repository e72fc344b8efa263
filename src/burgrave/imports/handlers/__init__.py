"""The jobs of the domain: the dry run, and the import itself."""

from burgrave.imports.handlers.jobs import apply_file, check_file

__all__ = ["apply_file", "check_file"]
