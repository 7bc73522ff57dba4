// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * recording_text.c - see recording_text.h
 *
 * A host's name may be any bytes, and anybody may have changed the file: values are escaped when
 * they are written, and checked against their room when they are read.
 */
#include "core/stream/recording_text.h"

#include <errno.h>
#include <string.h>

#include "base/fmt.h"
#include "base/num.h"

#define LONGEST_LINE 1024 /* longer lines are skipped */

_Static_assert((3 * TF_REASON_LEN + 16) * TF_REASONS_MAX +
			       2 * TF_HOOK_MAX * (3 * TF_METHOD_LEN + 48) + 3 * 3 * 80 + 128 <
		       TF_RECORDING_TEXT_MAX,
	       "every value at its worst must fit");

static const char HEX_DIGITS[] = "0123456789abcdef";

/* Writes @value, at most @max bytes, and ends the line; bytes that a line cannot hold become
 * %XX. */
static char *put_value(char *at, const char *value, size_t max)
{
	for (size_t i = 0; i < max && value[i]; i++) {
		unsigned char byte = (unsigned char)value[i];

		if (byte >= 0x20 && byte != 0x7f && byte != '%') {
			*at++ = value[i];
			continue;
		}
		*at++ = '%';
		*at++ = HEX_DIGITS[byte >> 4];
		*at++ = HEX_DIGITS[byte & 15];
	}
	*at++ = '\n';
	return at;
}

static char *put_number(char *at, uint64_t value)
{
	at = tf_fmt_u64(at, value);
	*at++ = '\n';
	return at;
}

static char *put_hook(char *at, const struct tf_hook_info *hook, const char *name)
{
	if (hook->method[0]) {
		at = TF_FMT_LIT(at, "hook.");
		at = tf_fmt_str(at, name);
		*at++ = '=';
		at = put_value(at, hook->method, sizeof(hook->method));
	}
	if (hook->reason) {
		at = TF_FMT_LIT(at, "hook.");
		at = tf_fmt_str(at, name);
		at = TF_FMT_LIT(at, ".reason=1\n");
	}
	return at;
}

char *tf_recording_text_encode(const struct tf_run_info *info, char *at)
{
	uint64_t offset = (uint64_t)info->utc_offset_ns;

	at = TF_FMT_LIT(at, "version=");
	at = put_value(at, info->version, sizeof(info->version));
	at = TF_FMT_LIT(at, "host=");
	at = put_value(at, info->host, sizeof(info->host));
	at = TF_FMT_LIT(at, "kernel=");
	at = put_value(at, info->kernel, sizeof(info->kernel));
	at = TF_FMT_LIT(at, "utc_offset_ns=");
	if (info->utc_offset_ns < 0)
		*at++ = '-';
	at = put_number(at, info->utc_offset_ns < 0 ? -offset : offset);
	at = TF_FMT_LIT(at, "start_ns=");
	at = put_number(at, info->start_ns);
	at = TF_FMT_LIT(at, "cookies=");
	at = put_number(at, info->cookies);
	for (unsigned int i = 0; i < TF_HOOK_MAX; i++)
		at = put_hook(at, &info->hook[i], tf_run_info_hook_name(i));
	for (unsigned int i = 0; i < TF_REASONS_MAX; i++) {
		if (!info->reason[i][0])
			continue;
		at = TF_FMT_LIT(at, "reason.");
		at = tf_fmt_u64(at, i);
		*at++ = '=';
		at = put_value(at, info->reason[i], TF_REASON_LEN);
	}
	return at;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* The value of @size bytes with its escapes undone and a NUL behind it: at most @size + 1 bytes. */
static int get_value(const char *value, size_t size, char *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < size; i++) {
		int byte = (unsigned char)value[i];

		if (byte == '%') {
			if (size - i < 3 || hex_digit(value[i + 1]) < 0 ||
			    hex_digit(value[i + 2]) < 0)
				return -EBADMSG;
			byte = hex_digit(value[i + 1]) << 4 | hex_digit(value[i + 2]);
			i += 2;
		}
		if (byte == 0)
			return -EBADMSG;
		ret[n++] = (char)byte;
	}
	ret[n] = '\0';
	return 0;
}

/* What follows @prefix in @key, or NULL. */
static const char *text_after(const char *key, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(key, prefix, n) == 0 ? key + n : NULL;
}

static int set_text(char *member, size_t size, const char *value)
{
	size_t n = strlen(value);

	if (n >= size)
		return -EBADMSG;
	memcpy(member, value, n + 1);
	return 0;
}

static int set_offset(struct tf_run_info *info, const char *value)
{
	uint64_t number;
	bool minus = value[0] == '-';

	if (tf_num_u64(value + minus, 0, INT64_MAX, &number))
		return -EBADMSG;
	info->utc_offset_ns = minus ? -(int64_t)number : (int64_t)number;
	return 0;
}

static int set_number(uint64_t *member, uint64_t max, const char *value)
{
	return tf_num_u64(value, 0, max, member) ? -EBADMSG : 0;
}

static int set_hook(struct tf_run_info *info, const char *name, const char *value)
{
	for (unsigned int i = 0; i < TF_HOOK_MAX; i++) {
		struct tf_hook_info *hook = &info->hook[i];
		const char *rest = text_after(name, tf_run_info_hook_name(i));

		if (rest && rest[0] == '\0')
			return set_text(hook->method, sizeof(hook->method), value);
		if (rest && strcmp(rest, ".reason") == 0)
			hook->reason = strcmp(value, "1") == 0;
	}
	return 0;
}

/* A number that this version has no room for comes from a kernel with more reasons: not an
 * error. */
static int set_reason(struct tf_run_info *info, const char *number, const char *value)
{
	uint64_t i;

	if (tf_num_u64(number, 0, UINT32_MAX, &i))
		return -EBADMSG;
	return i < TF_REASONS_MAX ? set_text(info->reason[i], TF_REASON_LEN, value) : 0;
}

/* Sets the fact that @key names; a key that is not known is left out, see recording.h. */
static int set_member(struct tf_run_info *info, const char *key, const char *value)
{
	const char *rest;
	uint64_t number = 0;
	int r;

	if (strcmp(key, "version") == 0)
		return set_text(info->version, sizeof(info->version), value);
	if (strcmp(key, "host") == 0)
		return set_text(info->host, sizeof(info->host), value);
	if (strcmp(key, "kernel") == 0)
		return set_text(info->kernel, sizeof(info->kernel), value);
	if (strcmp(key, "utc_offset_ns") == 0)
		return set_offset(info, value);
	if (strcmp(key, "start_ns") == 0)
		return set_number(&info->start_ns, UINT64_MAX, value);
	if (strcmp(key, "cookies") == 0) {
		r = set_number(&number, 1, value);
		info->cookies = number == 1;
		return r;
	}
	if ((rest = text_after(key, "hook.")))
		return set_hook(info, rest, value);
	if ((rest = text_after(key, "reason.")))
		return set_reason(info, rest, value);
	return 0;
}

/* One "key=value" of @size bytes. 0, or -EBADMSG. */
static int read_line(struct tf_run_info *info, const char *line, size_t size)
{
	const char *equals = memchr(line, '=', size);
	char key[LONGEST_LINE], value[LONGEST_LINE];
	size_t key_size;

	if (!equals)
		return -EBADMSG;
	if (size >= LONGEST_LINE)
		return 0;
	key_size = (size_t)(equals - line);
	memcpy(key, line, key_size);
	key[key_size] = '\0';
	if (get_value(equals + 1, size - key_size - 1, value))
		return -EBADMSG;
	return set_member(info, key, value);
}

int tf_recording_text_decode(const char *text, size_t size, struct tf_run_info *ret_info)
{
	const char *end = text + strnlen(text, size);

	*ret_info = (struct tf_run_info){0};
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));

		if (!newline || read_line(ret_info, text, (size_t)(newline - text)))
			return -EBADMSG;
		text = newline + 1;
	}
	return 0;
}
