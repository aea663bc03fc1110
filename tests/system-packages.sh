#!/bin/sh
# Installs the Debian packages that the tests need, where it may; otherwise says which one is missing.
set -eu
missing=""
command -v soffice >/dev/null 2>&1 || missing="$missing libreoffice-calc"
command -v pdftoppm >/dev/null 2>&1 || missing="$missing poppler-utils"
fc-list 2>/dev/null | grep -qi "Noto.*CJK" || missing="$missing fonts-noto-cjk fontconfig"
[ -e /usr/lib/python3/dist-packages/uno.py ] || missing="$missing python3-uno"
[ -e /usr/lib/libreoffice/program/pythonscript.py ] || missing="$missing libreoffice-script-provider-python"
ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing="$missing postgresql"
[ -z "$missing" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing
else
    echo "missing system packages:$missing" >&2
    exit 1
fi
