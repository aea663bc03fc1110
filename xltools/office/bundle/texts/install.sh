#!/bin/sh
# Makes this folder's own environment for Linux from the packages beside it. The current folder is the platform's.
for python in ./python/bin/python3 python3.13 python3.12 python3.11 python3; do
    if "$python" -c 'import sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
        "$python" -B xltools/office/bundle/install.py --linux
        code=$?
        printf '按回车键关闭'
        read -r _
        exit $code
    fi
done
for show in xdg-open open; do
    command -v "$show" >/dev/null 2>&1 && exec "$show" xltools/office/bundle/texts/no_python.txt
done
cat xltools/office/bundle/texts/no_python.txt >&2
exit 3
