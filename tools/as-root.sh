#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#
# as-root.sh COMMAND... - runs it as root: at once, or by sudo where that asks nothing
set -eu

[ "$(id -u)" -ne 0 ] || exec "$@"
if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
	exec sudo -n -- "$@"
fi
echo "this needs root: run it by sudo, or as root ($*)" >&2
exit 3
