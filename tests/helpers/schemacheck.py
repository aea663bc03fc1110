"""What the schema check (openxml-audit) says of a workbook.

It counts every element's place among its brothers and writes out the whole path to it, for where an error is: for the rows
of a sheet that is the square of their number. So no place is counted, and a path is written where there is an error.
And it asks of every part anew whether it follows the schema: most parts of our workbooks are the same bytes as in the
workbook checked before, and the answer depends on nothing else. What a part says of others (relationships, styles, shared
strings) is looked at every time.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

from openxml_audit import FileFormat, OpenXmlValidator, context
from openxml_audit.errors import ValidationError
from openxml_audit.schema.validator import SchemaValidator

_known: dict[tuple[FileFormat, bytes], list[ValidationError]] = {}
"""What the schema says of a part, by its bytes."""
_asked = SchemaValidator.validate_part


def errors(path: Path, version: FileFormat = FileFormat.OFFICE_2019) -> list[str]:
    """Every error, as it is said."""
    with (
        mock.patch.object(context, "ValidationStack", _Stack),
        mock.patch.object(context.ValidationContext, "push_element", _pushed),
        mock.patch.object(SchemaValidator, "validate_part", _once),
    ):
        return [str(error) for error in OpenXmlValidator(version, max_errors=0).validate(path).errors]


def kinds(path: Path) -> set[str]:
    """Kinds of errors: whichever part it is and however often."""
    return {re.sub(r"\d+", "", error) for error in errors(path)}


def _once(self: SchemaValidator, part: Any, given: context.ValidationContext) -> list[ValidationError]:
    key = given.file_format, hashlib.sha256(part.raw_content or b"").digest()
    if key not in _known:
        before = len(given.errors)
        _asked(self, part, given)
        _known[key] = given.errors[before:]
    else:
        given.errors += [replace(error, part_uri=part.uri) for error in _known[key]]
    return given.errors


class _Stack(context.ValidationStack):
    """The elements around the one that is looked at; their path when somebody asks."""

    @property
    def current(self) -> context.ElementInfo | None:
        return context.ElementInfo(self._stack[-1], self.current_path, len(self._stack) - 1) if self._stack else None

    @property
    def current_path(self) -> str:
        return "".join(f"/{element.tag.rpartition('}')[2]}[1]" for element in self._stack)


def _pushed(self: context.ValidationContext, element: Any) -> None:
    self._stack._stack.append(element)
