#!/bin/sh
# Runs a verb with the folder's own Python, else with the system's. The current folder is the platform's.
for python in ./python/bin/python3 ./.venv/bin/python python3; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$python" -m xltools.cli.press "$@"
    fi
done
for show in xdg-open open; do
    command -v "$show" >/dev/null 2>&1 && exec "$show" xltools/office/bundle/texts/no_python.txt
done
cat xltools/office/bundle/texts/no_python.txt >&2
exit 3
