#!/bin/sh
# SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
#
# install-deps.sh [SET]... - installs the packages that are missing, and no others
# install-deps.sh --check [SET]... - installs nothing; one line names what is missing, exit status 1
#
# Of the environment --check takes CC, CLANG, BPFTOOL and CPPFLAGS, so that it tests what make will
# use.
#
# Each row: the set, what shows that the thing is there, and its packages for apt, dnf and zypper
# (`-`: comes with another row). Presence is tested first, so with everything there this needs
# neither root nor network. A probe is one of
#     c:PROGRAM      a program in PATH (or in /usr/sbin)
#     h:HEADER       a header that the C compiler finds
#     l:LIBRARY      a library that the C compiler links (-lLIBRARY)
#     a:LIBRARY      the same into a static program
#     x:COMPILER     a compiler that links a program at all: it has a C library
#     s:FLAG         the C compiler links with -fsanitize=FLAG
#     f:FLAG         clang does
#     b:TARGET       clang has the target
#     p:MODULE       a module of /usr/bin/python3
set -eu

table() {
	cat <<'ROWS'
build c:make              make                make               make
build c:gcc               gcc                 gcc                gcc
build h:stdio.h           libc6-dev           glibc-devel        glibc-devel
build h:linux/types.h     linux-libc-dev      kernel-headers     linux-glibc-devel
build c:clang             clang               clang              clang
build b:bpf               clang               clang              clang
build c:bpftool           bpftool             bpftool            bpftool
build c:pkg-config        pkg-config          pkgconf-pkg-config pkg-config
build h:bpf/libbpf.h      libbpf-dev          libbpf-devel       libbpf-devel
build h:libelf.h          libelf-dev          elfutils-libelf-devel libelf-devel
build h:zlib.h            zlib1g-dev          zlib-devel         zlib-devel
static a:c                libc6-dev           glibc-static       glibc-devel-static
static a:bpf              libbpf-dev          libbpf-static      -
static a:elf              libelf-dev          elfutils-libelf-devel-static -
static a:z                zlib1g-dev          zlib-static        -
cross-arm64 c:aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu - -
cross-arm64 x:aarch64-linux-gnu-gcc libc6-dev-arm64-cross - -
emulation c:qemu-aarch64-static qemu-user-static qemu-user-static qemu-linux-user
test  h:cmocka.h          libcmocka-dev       libcmocka-devel    libcmocka-devel
test  s:address           gcc                 libasan            gcc
test  s:undefined         gcc                 libubsan           gcc
test  f:fuzzer            libclang-rt-dev     compiler-rt        clang
test  c:python3           python3             python3            python3
test  p:pytest            python3-pytest      python3-pytest     python3-pytest
test  p:xdist             python3-pytest-xdist python3-pytest-xdist python3-pytest-xdist
test  p:jsonschema        python3-jsonschema  python3-jsonschema python3-jsonschema
test  p:scapy             python3-scapy       python3-scapy      python3-scapy
test  c:ip                iproute2            iproute            iproute2
test  c:ss                iproute2            iproute            iproute2
test  c:nft               nftables            nftables           nftables
test  c:curl              curl                curl               curl
test  c:nginx             nginx               nginx              nginx
test  c:haproxy           haproxy             haproxy            haproxy
test  c:redis-server      redis-server        redis              redis
test  c:wrk               wrk                 -                  -
test  c:faketime          faketime            libfaketime        libfaketime
kernels c:qemu-system-x86_64 qemu-system-x86    qemu-system-x86-core qemu-x86
kernels c:busybox         busybox-static      busybox            busybox-static
kernels-arm64 c:qemu-system-aarch64 qemu-system-arm qemu-system-aarch64-core qemu-arm
kernels c:ip              iproute2            iproute            iproute2
kernels c:python3         python3             python3            python3
bench c:bpftool           bpftool             bpftool            bpftool
bench c:ip                iproute2            iproute            iproute2
bench c:python3           python3             python3            python3
bench c:tcpstates         libbpf-tools        libbpf-tools       -
bench c:gnuplot           gnuplot-nox         gnuplot            gnuplot
bench c:iperf3            iperf3              iperf3             iperf
bench c:wrk               wrk                 -                  -
bench c:nginx             nginx               nginx              nginx
roots c:debootstrap       debootstrap         debootstrap        debootstrap
check c:clang-format      clang-format        clang-tools-extra  clang-tools
check c:cppcheck          cppcheck            cppcheck           cppcheck
check c:shellcheck        shellcheck          ShellCheck         ShellCheck
check c:mandoc            mandoc              mandoc             mandoc
check p:pyflakes          python3-pyflakes    python3-pyflakes   python3-pyflakes
check c:nm                binutils            binutils           binutils
check c:python3           python3             python3            python3
ROWS
}

PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH
tmp=$(mktemp -d)
policy_made=
trap 'rm -rf "$tmp"; allow_services' EXIT
trap 'exit 130' INT TERM

# The command for a program of the table: make may use another one.
tool() { # program
	case $1 in
	gcc) echo "${CC:-gcc}" ;;
	clang) echo "${CLANG:-clang}" ;;
	bpftool) echo "${BPFTOOL:-bpftool}" ;;
	*) echo "$1" ;;
	esac
}

runs() { # program
	command=$(tool "$1")
	command -v "${command%% *}" >/dev/null || return 1
	# Ubuntu's is a wrapper that may lack the program for this kernel.
	[ "$1" != bpftool ] || $command version >/dev/null 2>&1
}

# Without a compiler the usual place has to do, so that not every header counts as missing.
has_header() { # header
	# shellcheck disable=SC2046,SC2086 # a compiler with arguments, and flags
	if runs gcc; then
		echo "#include <$1>" | $(tool gcc) ${CPPFLAGS:-} -E - >/dev/null 2>&1
	else
		[ -e "/usr/include/$1" ]
	fi
}

links() { # compiler, arguments: whether a program with them can be built
	compiler=$1
	shift
	echo 'int main(void) { return 0; }' >"$tmp/main.c"
	"$compiler" -o "$tmp/main" "$tmp/main.c" "$@" >/dev/null 2>&1
}

fuzzer_links() {
	echo 'int LLVMFuzzerTestOneInput(char *d, long n) { return !d && n; }' >"$tmp/fuzz.c"
	clang -o "$tmp/fuzz" "$tmp/fuzz.c" -fsanitize=fuzzer,address >/dev/null 2>&1
}

present() { # probe
	what=${1#?:}
	case $1 in
	c:*) runs "$what" ;;
	h:*) has_header "$what" ;;
	l:*) links gcc "-l$what" ;;
	a:*) links gcc -static "-l$what" ;;
	x:*) links "$what" ;;
	s:*) links gcc "-fsanitize=$what" ;;
	f:*) fuzzer_links ;;
	b:*) echo | $(tool clang) -target "$what" -c -x c - -o "$tmp/bpf.o" >/dev/null 2>&1 ;;
	p:*) /usr/bin/python3 -c "import $what" >/dev/null 2>&1 ;;
	esac
}

# The rows of the sets whose probe fails: `probe package` for the manager in column $1. What a
# family does not have (`-`) is not missed: its tests are skipped by name.
missing() { # column, set...
	column=$1
	shift
	for set in "$@"; do
		table | awk -v s="$set" -v col="$column" '$1 == s && $col != "-" { print $2, $col }'
	done | while read -r probe package; do
		present "$probe" </dev/null || echo "$probe $package"
	done
}

# A missing thing and its package, as people read it; each package once: without clang there is no
# target of clang either.
describe() {
	while read -r probe package; do
		case "$seen" in *" $package "*) continue ;; esac
		seen="$seen$package "
		what=${probe#?:}
		case $probe in
		h:stdio.h) what='C library headers' ;;
		h:linux/*) what='Linux headers' ;;
		h:*) what=$(basename "$what" .h)' headers' ;;
		b:*) what="clang's target $what" ;;
		[lasf]:*) what="library $what" ;;
		esac
		[ "$what" = "$package" ] || what="$what ($package)"
		printf '%s%s' "$comma" "$what"
		comma=', '
	done
}

packages() { awk '{ print $2 }' "$tmp/missing" | sort -u | tr '\n' ' '; }

run_as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
		sudo -n -- "$@"
	else
		echo "install-deps: root has to install: $(packages)" >&2
		exit 1
	fi
}

# Packages that start services when installed (nginx, redis, haproxy) must not: they would take
# ports of this host, and nobody asked for them.
POLICY=/usr/sbin/policy-rc.d
forbid_services() {
	[ ! -e "$POLICY" ] || return 0
	printf '#!/bin/sh\nexit 101\n' >"$tmp/policy"
	run_as_root install -m 755 "$tmp/policy" "$POLICY"
	policy_made=1
}
# shellcheck disable=SC2317 # called by the trap
allow_services() {
	[ -z "$policy_made" ] || run_as_root rm -f "$POLICY"
	policy_made=
}

apt_install() {
	run_as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
		--no-install-recommends -o Dpkg::Options::=--force-confold \
		-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" </dev/null
}

apt_update() {
	for pause in 2 10 30; do
		if run_as_root apt-get update -q -o DPkg::Lock::Timeout=300 </dev/null; then
			return 0
		fi
		sleep "$pause"
	done
	return 1
}

# Lists may be stale or absent: refresh them only after a first try has failed.
install_apt() {
	forbid_services
	apt_install "$@" && return
	apt_update || echo "install-deps: apt-get update failed; trying with what there is" >&2
	apt_install "$@"
}

install_with() { # manager, packages...
	manager=$1
	shift
	echo "install-deps: installing $*"
	case $manager in
	apt-get) install_apt "$@" ;;
	dnf) run_as_root dnf -y -q install "$@" </dev/null ;;
	zypper) run_as_root zypper --non-interactive --quiet install "$@" </dev/null ;;
	esac
}

check=
if [ "${1:-}" = --check ]; then
	check=1
	shift
fi
[ $# -gt 0 ] || set -- build
for set in "$@"; do
	table | grep -q "^$set " && continue
	echo "install-deps: no set $set; sets: $(table | cut -d' ' -f1 | sort -u | tr '\n' ' ')" >&2
	exit 2
done

manager='' column=3
for candidate in apt-get:3 dnf:4 zypper:5; do
	if command -v "${candidate%:*}" >/dev/null; then
		manager=${candidate%:*} column=${candidate#*:}
		break
	fi
done

missing "$column" "$@" >"$tmp/missing"
[ -s "$tmp/missing" ] || exit 0
if [ -n "$check" ]; then
	seen=' ' comma=
	echo "tcpfate: missing: $(describe <"$tmp/missing"); run: sudo make deps" >&2
	exit 1
fi
if [ -z "$manager" ]; then
	echo "install-deps: no apt, dnf or zypper; please install (Debian's names): $(packages)" >&2
	exit 1
fi
# shellcheck disable=SC2046 # one word a package
install_with "$manager" $(packages) || echo "install-deps: $manager failed" >&2
missing "$column" "$@" >"$tmp/missing"
[ -s "$tmp/missing" ] || exit 0
echo "install-deps: still missing: $(packages)" \
	"(not found: $(cut -d' ' -f1 "$tmp/missing" | tr '\n' ' '))" >&2
exit 1
