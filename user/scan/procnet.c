// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * procnet.c - see procnet.h
 */
#include "scan/procnet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/io.h"

#define FILE_MAX 16384 /* /proc/net/netstat has 5 KB */
#define SYSCTL(name) "/proc/sys/net/" name

/* Reads a small file as text; a longer one is cut. 0 or a negative errno. */
static int read_text(const char *path, char *text, size_t size)
{
	TF_CLEANUP(tf_io_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n > 0 && have < size - 1) {
		n = tf_io_read(fd, text + have, size - 1 - have);
		if (n > 0)
			have += (size_t)n;
	}
	text[have] = '\0';
	return n < 0 ? (int)n : 0;
}

/* Parses the next number at @at, which moves behind it. 0 or -EINVAL. */
static int next_number(const char **at, uint64_t *ret)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(*at, &end, 10);
	if (errno || end == *at)
		return -EINVAL;
	*at = end;
	*ret = value;
	return 0;
}

int tf_procnet_sockstat(const char *text, const char *line, const char *name, uint64_t *ret)
{
	size_t head = strlen(line), size = strlen(name);

	while (text && strncmp(text, line, head) != 0) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	if (!text)
		return -ENOENT;
	for (text += head; *text && *text != '\n'; text += strcspn(text, " \n")) {
		text += strspn(text, " ");
		if (strncmp(text, name, size) == 0 && text[size] == ' ') {
			text += size;
			return next_number(&text, ret) ? -ENOENT : 0;
		}
	}
	return -ENOENT;
}

static const struct {
	const char *line, *name;
} snmp_names[TF_SNMP_MAX] = {
	[TF_SNMP_ACTIVE_OPENS] = {"Tcp:", "ActiveOpens"},
	[TF_SNMP_PASSIVE_OPENS] = {"Tcp:", "PassiveOpens"},
	[TF_SNMP_LISTEN_OVERFLOWS] = {"TcpExt:", "ListenOverflows"},
	[TF_SNMP_LISTEN_DROPS] = {"TcpExt:", "ListenDrops"},
	[TF_SNMP_SYNCOOKIES_SENT] = {"TcpExt:", "SyncookiesSent"},
	[TF_SNMP_SYNCOOKIES_RECV] = {"TcpExt:", "SyncookiesRecv"},
	[TF_SNMP_SYNCOOKIES_FAILED] = {"TcpExt:", "SyncookiesFailed"},
	[TF_SNMP_REQQ_FULL_DROP] = {"TcpExt:", "TCPReqQFullDrop"},
};

static bool is_word(const char *at, const char *word)
{
	size_t size = strlen(word);

	return !strncmp(at, word, size) && (!at[size] || strchr(" \n", at[size]));
}

static int find_snmp(const char *line, const char *name)
{
	for (int i = 0; i < TF_SNMP_MAX; i++)
		if (is_word(line, snmp_names[i].line) && is_word(name, snmp_names[i].name))
			return i;
	return -1;
}

/* The word after the one at @at. */
static const char *next_word(const char *at)
{
	at += strcspn(at, " \n");
	return at + strspn(at, " ");
}

/* Reads the names of @line and the values of @below side by side. */
static void take_pair(const char *line, const char *below, __u64 snmp[TF_SNMP_MAX])
{
	const char *name = next_word(line), *value = next_word(below);

	while (*name && *name != '\n' && *value && *value != '\n') {
		int i = find_snmp(line, name);
		const char *at = value;
		uint64_t number;

		if (i >= 0 && !next_number(&at, &number))
			snmp[i] = number;
		name = next_word(name);
		value = next_word(value);
	}
}

void tf_procnet_snmp(const char *text, __u64 snmp[TF_SNMP_MAX])
{
	while (*text) {
		const char *below = strchr(text, '\n');
		size_t head = strcspn(text, " \n");

		if (!below || !below[1])
			return;
		below++;
		if (!strncmp(text, below, head) && below[head] == ' ')
			take_pair(text, below, snmp);
		text = strchr(below, '\n');
		if (!text)
			return;
		text++;
	}
}

/* Reads the @n numbers of a setting. False: it does not have them. */
static bool read_setting(const char *path, uint64_t *ret, int n)
{
	char text[64];
	const char *at = text;

	if (read_text(path, text, sizeof(text)))
		return false;
	for (int i = 0; i < n; i++)
		if (next_number(&at, &ret[i]))
			return false;
	return true;
}

static void read_small(const char *path, uint8_t *ret)
{
	uint64_t value;

	if (read_setting(path, &value, 1) && value < UINT8_MAX)
		*ret = (uint8_t)value;
}

static void read_word(const char *path, uint32_t *ret)
{
	uint64_t value;

	if (read_setting(path, &value, 1) && value < UINT32_MAX)
		*ret = (uint32_t)value;
}

static void read_settings(struct tf_ev_netns *ret)
{
	uint64_t range[2];

	if (read_setting(SYSCTL("ipv4/ip_local_port_range"), range, 2)) {
		ret->port_low = (uint16_t)range[0];
		ret->port_high = (uint16_t)range[1];
	}
	read_small(SYSCTL("ipv4/tcp_tw_reuse"), &ret->tw_reuse);
	read_small(SYSCTL("ipv4/tcp_syncookies"), &ret->syncookies);
	read_word(SYSCTL("ipv4/tcp_max_syn_backlog"), &ret->max_syn_backlog);
	read_word(SYSCTL("core/somaxconn"), &ret->somaxconn);
	read_word(SYSCTL("ipv4/tcp_max_tw_buckets"), &ret->max_tw_buckets);
	read_word(SYSCTL("ipv4/tcp_fin_timeout"), &ret->fin_timeout_s);
}

void tf_procnet_read(struct tf_ev_netns *ret)
{
	const struct tf_event ev = ret->ev;
	char text[FILE_MAX];

	memset(ret, 0xff, sizeof(*ret));
	ret->ev = ev;
	memset(ret->pad, 0, sizeof(ret->pad));
	read_settings(ret);
	if (!read_text("/proc/thread-self/net/snmp", text, sizeof(text)))
		tf_procnet_snmp(text, ret->snmp);
	if (!read_text("/proc/thread-self/net/netstat", text, sizeof(text)))
		tf_procnet_snmp(text, ret->snmp);
}

bool tf_procnet_has_tcp(void)
{
	uint64_t used = 1, waiting = 0, used6 = 0;
	char text[1024];

	if (read_text("/proc/thread-self/net/sockstat", text, sizeof(text)) ||
	    tf_procnet_sockstat(text, "TCP:", "inuse", &used) ||
	    tf_procnet_sockstat(text, "TCP:", "tw", &waiting))
		return true;
	/* Without IPv6 there is no such file. */
	if (!read_text("/proc/thread-self/net/sockstat6", text, sizeof(text)))
		tf_procnet_sockstat(text, "TCP6:", "inuse", &used6);
	return used || waiting || used6;
}
