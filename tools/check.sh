#!/bin/bash
# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#
# check.sh [CHECK...] - every static check, or those named; one line each
#
# A check is a function check_NAME: it prints what it finds and fails. Its line in `advice` says
# what to do then. Needs a finished build (`make check` sees to it).
set -u
export LC_ALL=C
cd "$(dirname "$0")/.." || exit 1
PATH=$PATH:/usr/sbin:/sbin

B=${B:-build}
PYTHON=${PYTHON:-/usr/bin/python3}
CHECKS=(format warnings layers inner_layers cycles calls prefix headers tags purity sizes prototypes
	style static_names comments columns dialect documents licences paths proofs
	cppcheck python shell man generated vmlinux btf)

declare -A advice=(
	[format]="tools/format.sh puts it right"
	[warnings]="neither compiler may warn"
	[layers]="see the layout's laws in CONTRIBUTING.md"
	[inner_layers]="see the laws of the folders in user/README.md"
	[cycles]="break the cycle: a header includes only what it needs itself"
	[calls]="hand a result back, or move the function to the file that needs it"
	[prefix]="name it after its file: tf_<stem>_..."
	[headers]="each .c has a contract of its own"
	[tags]="one struct, one name"
	[static_names]="say what it does: a verb and a noun"
	[comments]="say in its caller's words what it is for"
	[columns]="tools/format.sh fills comments; shorten the rest"
	[dialect]="say it as an SRE would: subject first, active, the field's words"
	[documents]="name the file or section that is there"
	[purity]="the core calls nothing that does I/O, prints, reads a clock or keeps a global"
	[sizes]="split it"
	[prototypes]="say units, ownership, errors, and what holds on failure"
	[style]="see above"
	[licences]="first line: SPDX-License-Identifier"
	[paths]="take them out"
	[proofs]="write the test, or name the right one in user/core/fate/fates.def or alerts.def"
	[cppcheck]="put it right, or suppress it in place with the reason"
	[python]="put it right"
	[shell]="put it right"
	[man]="change its generator or its text, then run the generator"
	[generated]="run the generator and commit what it writes"
	[vmlinux]="tools/gen-vmlinux.py, and commit the header with the list"
	[btf]="a build step has stripped the programs: they cannot be loaded without BTF"
)

# What the core may call: memory, strings, sorting; and what the compiler puts in.
PURE='malloc|calloc|realloc|reallocarray|aligned_alloc|free|mem[a-z]+|str[a-z]+|explicit_bzero|
qsort|bsearch|abort|__assert_fail|__stack_chk_fail|__errno_location|__(mem|str)[a-z]+_chk|
_GLOBAL_OFFSET_TABLE_|__popcount[ds]i2'

# The project's files; in an exported tree, where git knows nothing, all but what was built.
project_files() # folder...
{
	git ls-files -co --exclude-standard -- "$@" 2>/dev/null ||
		find "$@" -path "./$B" -prune -o -path ./.git -prune -o -type f -print
}

c_files() { find user bpf tests -name '*.[ch]' 2>/dev/null | sort; }

# Each release of clang-format has its own mind; this one's counts.
FORMAT_RELEASE=14
SKIPPED=77

format_tool()
{
	local tool
	for tool in "clang-format-$FORMAT_RELEASE" clang-format; do
		"$tool" --version 2>/dev/null | grep -q "version $FORMAT_RELEASE\." &&
			echo "$tool" && return
	done
	echo "no clang-format $FORMAT_RELEASE here" >&2
	return $SKIPPED
}

check_format()
{
	local tool
	tool=$(format_tool) || return
	# shellcheck disable=SC2046 # no file name has white space
	"$tool" --dry-run -Werror $(c_files) 2>&1 | grep -E '^[^ ].*error' |
		cut -d: -f1 | sort | uniq -c |
		sed 's/$/: lines that clang-format would change/' | grep .
	[ "${PIPESTATUS[1]}" -ne 0 ]
}

check_warnings()
{
	local flags=(-std=gnu17 -D_GNU_SOURCE -I. -Iuser "-I$B" -Itests/unit -Wall -Wextra -Wshadow
		-Wstrict-prototypes -Wmissing-prototypes -Wno-unused-parameter -Werror)
	local status=0 file
	for file in user/*/*.c user/*/*/*.c tests/unit/*.c tests/fuzz/*.c; do
		[ -e "$file" ] || continue
		gcc "${flags[@]}" -O2 -c -o /dev/null "$file" || status=1
		case $file in tests/fuzz/*) continue ;; esac
		clang "${flags[@]}" -fsyntax-only "$file" || status=1
	done
	return $status
}

check_purity()
{
	local core base calls globals
	mapfile -t core < <(find user/core -name '*.c' -printf "$B/plain/%p\n" | sed 's/c$/o/')
	mapfile -t base < <(find user/base -name '*.c' -printf "$B/plain/%p\n" | sed 's/c$/o/')
	ar rcs "$tmp/base.a" "${base[@]}" &&
		ld -r -o "$tmp/core.o" "${core[@]}" "$tmp/base.a" || return 1
	calls=$(nm -u "$tmp/core.o" | awk '{ print $2 }' | grep -vxE "${PURE//$'\n'/}")
	[ -z "$calls" ] || echo "the core (with what it takes from base/) calls:" "$calls"
	[ -z "$calls" ] || return 1
	globals=$(objdump -t "${core[@]}" | awk '/ \.data\.rel\.ro/ { next }
		$3 == "O" && $4 ~ /^\.(data|bss)/ { print $NF }
		$2 == "O" && $3 ~ /^(\.data|\.bss|\*COM\*)/ { print $NF }')
	[ -z "$globals" ] || echo "the core keeps writable globals:" "$globals"
	[ -z "$globals" ]
}

# It does not know the cleanup attribute, so it sees leaks where there are none; the unit tests look
# for them under ASan.
check_cppcheck()
{
	cppcheck -q -j2 --std=c11 --language=c --platform=unix64 --inline-suppr --error-exitcode=1 \
		--enable=warning,performance,portability --suppress=missingInclude \
		--suppress=memleak --suppress=resourceLeak \
		--suppress=unmatchedSuppression --suppress=normalCheckLevelMaxBranches \
		-D__linux__ '-DLIBBPF_OPTS(type, name, ...)=struct type name' -I. -Iuser user 2>&1
}

check_python()
{
	local files
	mapfile -t files < <(project_files . | grep '\.py$')
	[ ${#files[@]} -eq 0 ] || "$PYTHON" -m pyflakes "${files[@]}"
}

# Shell scripts are known by their first line.
check_shell()
{
	local files
	mapfile -t files < <(project_files tools tests .ci |
		xargs -r grep -lIE -m1 '^#!/bin/(ba)?sh' | sort)
	[ ${#files[@]} -eq 0 ] || shellcheck "${files[@]}"
}

check_man()
{
	local page found status=0
	for page in tcpfate.8 tcpfate-fates.7 tcpfate-json.5; do
		[ -e "$page" ] || { echo "$page is missing"; return 1; }
		# Which other manuals this host has is no fault of the page.
		found=$(mandoc -Tlint "$page" 2>&1 |
			grep -vE 'outdated mandoc.db|referenced manual not found')
		[ -z "$found" ] || { echo "$found"; status=1; }
	done
	return $status
}

check_generated()
{
	local status=0
	tools/gen-schema --check || status=1
	tools/gen-docs --check || status=1
	return $status
}

check_vmlinux() { tools/gen-vmlinux.py --check; }

check_btf()
{
	local section
	for section in .BTF .BTF.ext; do
		readelf -SW "$B/tcpfate.bpf.o" | grep -qF " $section " || {
			echo "$B/tcpfate.bpf.o has no $section"
			return 1
		}
	done
}

run_check() # name
{
	if declare -F "check_$1" >/dev/null; then
		"check_$1"
	else
		"$PYTHON" tools/check-source.py "$1"
	fi
}

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
[ $# -gt 0 ] || set -- "${CHECKS[@]}"
passed=0 failed=0
for name in "$@"; do
	[ -n "${advice[$name]:-}" ] || { echo "check: no check $name (${CHECKS[*]})" >&2; exit 2; }
	run_check "$name" >"$tmp/out" 2>&1
	status=$?
	if [ $status -eq 0 ]; then
		passed=$((passed + 1))
		printf 'ok    %s\n' "$name"
	elif [ $status -eq $SKIPPED ]; then
		printf 'skip  %s: %s\n' "$name" "$(cat "$tmp/out")"
	else
		failed=$((failed + 1))
		printf 'FAIL  %s: %s\n' "$name" "${advice[$name]}"
		sed 's/^/      /' "$tmp/out" | head -40
	fi
done
printf 'checks: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
