#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#
# run-steps.sh COMMAND... - runs each command line (one argument), all even if one fails
#
# At the end: a line for each command with its time, and the sum of what they counted, `N passed, N
# failed, N skipped`. The exit status is 1 when a command failed.
set -u

log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

# Closing lines of tests, and of checks: `N passed, N failed, N skipped`, `checks: N passed, N
# failed`.
count() # exit status of the command
{
	awk -v status="$1" '
		/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { p += $1; f += $3; s += $5 }
		/^checks: [0-9]+ passed, [0-9]+ failed$/ { p += $2; f += $4 }
		END { print p + 0, f + (status && !f), s + 0 }' "$log"
}

passed=0 failed=0 skipped=0
lines=()
for step in "$@"; do
	printf '+ %s\n' "$step"
	begun=$SECONDS
	bash -c "$step" </dev/null 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	read -r p f s < <(count "$status")
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	lines+=("$(printf '%5d s  %-6s  %s' $((SECONDS - begun)) \
		"$([ "$status" -eq 0 ] && echo ok || echo FAILED)" \
		"$step")")
done

printf '\n'
printf '%s\n' "${lines[@]}"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
