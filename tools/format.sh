#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#
# format.sh [FILE...] - brings C sources into the project's form: those named, or all (clang-format 14)
set -eu
cd "$(dirname "$0")/.."
# shellcheck disable=SC2046 # no file name has white space
[ $# -gt 0 ] || set -- $(find user bpf tests -name '*.[ch]')
tool=clang-format-14
command -v $tool >/dev/null || tool=clang-format
exec $tool -i "$@"
