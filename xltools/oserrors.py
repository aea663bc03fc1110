"""What the operating system refuses, in Chinese (系统说的原因): its own words are English on most computers."""

from __future__ import annotations

import errno
import re

_NAMES = {
    "ENOENT": "找不到这个文件或文件夹",
    "EACCES": "没有权限，或正被别的程序打开",
    "EPERM": "没有权限",
    "EROFS": "磁盘是只读的",
    "ENOSPC": "磁盘已满",
    "EDQUOT": "分配的磁盘空间已用完",
    "EISDIR": "这是文件夹，不是文件",
    "ENOTDIR": "路径里有一段是文件，不是文件夹",
    "EEXIST": "已经有了同名的",
    "ENOTEMPTY": "文件夹不是空的",
    "EBUSY": "正被别的程序占用",
    "ENAMETOOLONG": "名称太长",
    "EINVAL": "名称或位置不合系统的规定",
    "EIO": "磁盘读写出错",
    "EXDEV": "跨了磁盘",
    "EMFILE": "同时打开的文件太多",
    "ENFILE": "同时打开的文件太多",
    "EFBIG": "文件太大，这个磁盘放不下",
    "EPIPE": "接收的一方已经关闭",
    "ETIMEDOUT": "网络没有回应",
    "ESTALE": "网络盘已断开",
    "ELOOP": "快捷方式绕成了圈",
    "ENOLCK": "系统给不了文件锁",
    "EOPNOTSUPP": "这个磁盘不支持",
}
_WORDS = {getattr(errno, name): words for name, words in _NAMES.items() if hasattr(errno, name)}
"""By number, which differs between systems."""


def reason(error: OSError) -> str:
    """Why, in a few words: Chinese that is there already, ours, else the system's own; never blank."""
    if error.strerror and re.search("[\u4e00-\u9fff]", error.strerror):
        return error.strerror
    return _WORDS.get(error.errno or 0) or error.strerror or str(error) or type(error).__name__
