#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#
# run-tests.sh STAGE... - runs the stages (unit, unit-asan, fuzz, e2e) that `make` has built
#
# Every test program runs under a time limit. A stage that fails does not stop the next one. RUNNER
# runs unit tests of another architecture, without those in UNIT_SKIP; E2E_AT_ONCE end-to-end tests
# run at a time (5). The last lines have the time of each stage, what failed, and the sum: `N
# passed, N failed, N skipped`. The exit status is 1 when anything failed, or when a stage had
# nothing to run.
set -u

B=${B:-build}
PYTHON=${PYTHON:-/usr/bin/python3}
FUZZ_SECONDS=${FUZZ_SECONDS:-5}
read -ra RUNNER <<<"${RUNNER:-}"
UNIT_LIMIT=120 # seconds for one test program
E2E_LIMIT=900 # seconds for all that run at once, and for all that run alone
E2E_AT_ONCE=${E2E_AT_ONCE:-5}

passed=0 failed=0 skipped=0
failures=()
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT

say() { printf '\n== %s\n' "$*"; }

fail() # what
{
	failures+=("$1")
	printf 'FAILED: %s\n' "$1"
}

# The number before WORD in the last line of the log that matches PATTERN; 0 when there is none.
number() # pattern
{
	local n
	n=$(sed -nE "s/$1/\\1/p" "$log" | tail -1)
	echo "${n:-0}"
}

# cmocka's closing lines: `[  PASSED  ] 5 test(s).`
count_cmocka()
{
	local bad
	passed=$((passed + $(number '^\[  PASSED  \] ([0-9]+) test.*')))
	skipped=$((skipped + $(number '^\[  SKIPPED \] ([0-9]+) test.*')))
	bad=$(number '^\[  FAILED  \] ([0-9]+) test.*')
	# A crash or a time-out has no closing line.
	[ "$bad" -gt 0 ] || [ "$1" -eq 0 ] || bad=1
	failed=$((failed + bad))
}

run_unit() # title, folder
{
	local source program status none=1
	say "$1"
	for source in tests/unit/test_*.c; do
		[ -e "$source" ] || continue
		none=0
		program=$2/tests/unit/$(basename "$source" .c)
		case " ${UNIT_SKIP:-} " in *" $(basename "$program") "*)
			skipped=$((skipped + 1))
			printf '%-40s skipped: this kernel is emulated\n' "$(basename "$program")"
			continue
			;;
		esac
		timeout -k 5 "$UNIT_LIMIT" "${RUNNER[@]}" "$program" </dev/null >"$log" 2>&1
		status=$?
		count_cmocka $status
		if [ "$status" -eq 0 ]; then
			printf '%-40s %s\n' "$(basename "$program")" \
				"$(grep -F '[  PASSED  ]' "$log" | head -1)"
		else
			cat "$log"
			fail "$program (exit status $status)"
		fi
	done
	[ "$none" -eq 0 ] || nothing "$1"
}

nothing() # stage
{
	failed=$((failed + 1))
	fail "$1: nothing to run"
}

# First what once failed (tests/fuzz/crashes/NAME), then new input from the seeds
# (tests/fuzz/corpus/NAME), as many programs at once as there are CPUs. Findings are written below
# $TMPDIR.
run_fuzz()
{
	local source name at_once names=()
	local -A pid=() out=()
	at_once=$(nproc)
	say "fuzz, $FUZZ_SECONDS seconds each, $at_once at once"
	for source in tests/fuzz/fuzz_*.c; do
		[ -e "$source" ] || continue
		name=$(basename "$source" .c)
		name=${name#fuzz_}
		names+=("$name")
		out[$name]=$(mktemp -d "${TMPDIR:-/tmp}/tcpfate-fuzz.XXXXXX") || return
		while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do
			wait -n
		done
		fuzz_one "$name" "${out[$name]}" >"${out[$name]}/log" 2>&1 &
		pid[$name]=$!
	done
	for name in "${names[@]}"; do
		if wait "${pid[$name]}"; then
			passed=$((passed + 1))
			printf '%-40s %s\n' "fuzz_$name" "$(tail -1 < <(grep -E \
				'^(#[0-9]+[[:space:]]+)?(DONE|Done)' "${out[$name]}/log"))"
			rm -rf "${out[$name]}"
		else
			tail -40 "${out[$name]}/log"
			failed=$((failed + 1))
			fail "fuzz_$name (its input: ${out[$name]}; keep it in tests/fuzz/crashes/)"
		fi
	done
	[ ${#names[@]} -gt 0 ] || nothing fuzz
}

fuzz_one() # name, folder for what it finds
{
	local program=$B/fuzz/tests/fuzz/fuzz_$1 seeds=() crashes=("tests/fuzz/crashes/$1"/*)
	[ ! -d "tests/fuzz/corpus/$1" ] || seeds=("tests/fuzz/corpus/$1")
	if [ -e "${crashes[0]}" ]; then
		timeout -k 5 "$UNIT_LIMIT" "$program" "${crashes[@]}" </dev/null || return
	fi
	mkdir -p "$2/corpus"
	timeout -k 5 "$((FUZZ_SECONDS + 60))" "$program" \
		-max_total_time="$FUZZ_SECONDS" -timeout=10 \
		-rss_limit_mb=1024 -print_final_stats=0 -artifact_prefix="$2/" "$2/corpus" \
		"${seeds[@]}" </dev/null
}

# pytest's closing line: `==== 3 failed, 70 passed, 2 skipped, 1 error in 60.00s ====`
run_pytest() # title, argument...
{
	local title=$1 status bad
	shift
	say "$title"
	PYTHONDONTWRITEBYTECODE=1 timeout -k 20 "$E2E_LIMIT" tools/as-root.sh "$PYTHON" -m pytest \
		-p no:cacheprovider -rfEs --durations=10 "$@" tests/e2e </dev/null 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	passed=$((passed + $(number '^=.* ([0-9]+) passed.*')))
	skipped=$((skipped + $(number '^=.* ([0-9]+) skipped.*')))
	bad=$(($(number '^=.* ([0-9]+) failed.*') + $(number '^=.* ([0-9]+) errors?.*')))
	[ "$status" -eq 0 ] || fail "$title (exit status $status)"
	[ "$status" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
	failed=$((failed + bad))
}

# Most tests wait, for timers of the kernel: several at once. Those marked `alone` come after them,
# one by one: load at full speed, CPU time, what the whole host shares.
run_e2e()
{
	run_pytest "end to end, $E2E_AT_ONCE at once" -m "not alone" -n "$E2E_AT_ONCE"
	run_pytest "end to end, one at a time" -m alone
}

times=()
for stage in "$@"; do
	begun=$SECONDS
	case $stage in
	unit) run_unit unit "$B/plain" ;;
	unit-asan) run_unit "unit, under ASan and UBSan" "$B/asan" ;;
	fuzz) run_fuzz ;;
	e2e) run_e2e ;;
	*) echo "run-tests.sh: no stage $stage (unit, unit-asan, fuzz, e2e)" >&2; exit 2 ;;
	esac
	times+=("$stage $((SECONDS - begun)) s")
done

printf '\ntimes:%s\n' "$(printf ' %s,' "${times[@]}" | sed 's/,$//')"
[ ${#failures[@]} -eq 0 ] || printf 'FAILED: %s\n' "${failures[@]}"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ] && [ ${#failures[@]} -eq 0 ]
