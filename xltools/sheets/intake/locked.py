"""Files behind Excel's own password (默认密码): a workbook whose structure is protected is encrypted with it, and opens without
asking anybody ([MS-OFFCRYPTO] 2.2, [MS-XLS] 2.2.10). Any other password stays the sender's business."""

from __future__ import annotations

import re
import struct
from io import BytesIO

from xltools.sheets.ooxml import ole
from xltools.sheets.ooxml.refused import Refused

_PASSWORD = "VelvetSweatshop"
_SPINS = 10_000_000  # rounds of hashing; Excel writes 100,000
_STATED = re.compile(rb"spinCount\s*=\s*[\"'](\d{1,20})")


def opened_package(info: bytes, package: bytes) -> bytes:
    """What an encrypted .xlsx holds, from its streams EncryptionInfo and EncryptedPackage. Raises Refused (FILE_ENCRYPTED)."""
    if any(int(spins) > _SPINS for spins in _STATED.findall(info)):
        raise Refused("FILE_ENCRYPTED", "too many rounds")
    return _decrypted({"EncryptionInfo": info, "EncryptedPackage": package})


def opened_stream(stream: bytes) -> bytes:
    """The plain Workbook stream of an encrypted .xls. Raises Refused (FILE_ENCRYPTED)."""
    try:
        return ole.entries(_decrypted({"Workbook": stream}))["workbook"].read()
    except (ValueError, KeyError, struct.error) as why:
        raise Refused("FILE_ENCRYPTED", "a password is needed to open it") from why


def _decrypted(streams: dict[str, bytes]) -> bytes:
    import msoffcrypto

    out = BytesIO()
    try:
        file = msoffcrypto.OfficeFile(BytesIO(ole.written(streams)))
        file.load_key(password=_PASSWORD, **({} if "Workbook" in streams else {"verify_password": True}))
        file.decrypt(out)
    except (MemoryError, KeyboardInterrupt):
        raise
    except Exception as why:  # another password, a way to encrypt that it does not know, damage: all of it stays locked
        raise Refused("FILE_ENCRYPTED", "a password is needed to open it") from why
    return out.getvalue()
