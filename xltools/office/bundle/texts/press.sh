#!/bin/sh
# Runs a verb with the folder's own Python, else with the system's; `install` makes the folder's own Python environment
# from the packages beside it. The current folder is the platform's.
if [ "$1" = install ]; then
    pythons="./python/bin/python3 python$(cat wheels-linux/python-version.txt 2>/dev/null) python3"
    set -- -B xltools/office/bundle/install.py --linux
else
    pythons="./python/bin/python3 ./.venv/bin/python python3"
    set -- -m xltools.cli.press "$@"
fi
for python in $pythons; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$python" "$@"
    fi
done
for show in xdg-open open; do
    command -v "$show" >/dev/null 2>&1 && exec "$show" xltools/office/bundle/texts/no_python.txt
done
cat xltools/office/bundle/texts/no_python.txt >&2
exit 3
