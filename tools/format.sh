#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#
# format.sh [FILE...] - brings C sources into the project's form: those named, or all (clang-format
# 14; comments that are too wide by tools/wrap-comments.py)
set -eu
cd "$(dirname "$0")/.."
# shellcheck disable=SC2046 # no file name has white space
[ $# -gt 0 ] || set -- $(find user bpf tests -name '*.[ch]' -o -name '*.def')
tool=clang-format-14
command -v $tool >/dev/null || tool=clang-format
/usr/bin/python3 tools/wrap-comments.py "$@"
for file; do
	case $file in *.[ch]) $tool -i "$file" ;; esac
done
