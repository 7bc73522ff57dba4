#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#
# as-owner.sh COMMAND... - runs it as whoever owns the working tree
#
# `sudo make run` in somebody's clone must not leave root's files there. Root steps down to the
# owner of the tree; everybody else, and root in root's own tree, runs the command as they are. So
# does root where the owner could not write after all (a user namespace without that user).
set -eu

[ "$(id -u)" -eq 0 ] || exec "$@"
uid=$(stat -c %u .)
gid=$(stat -c %g .)
drop="setpriv --reuid=$uid --regid=$gid --clear-groups --"
if [ "$uid" -eq 0 ] || ! $drop test -w . 2>/dev/null; then
	exec "$@"
fi
# What an earlier root left behind would be in the way.
[ ! -d build ] || chown -R -h "$uid:$gid" build
home=$(getent passwd "$uid" | cut -d: -f6)
# shellcheck disable=SC2086 # several words
exec env HOME="${home:-/}" $drop "$@"
