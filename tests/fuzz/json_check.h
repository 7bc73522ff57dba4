/* SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause */
/*
 * json_check.h - whether bytes are JSON: RFC 8259, in UTF-8, nothing more and nothing less
 *
 * For fuzz targets, where a parser in another process would be too slow. Nesting is limited.
 */
#ifndef TCPFATE_FUZZ_JSON_CHECK_H
#define TCPFATE_FUZZ_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/escape.h"

#define JSON_DEPTH 16

struct json_text {
	const char *at, *end;
};

static inline bool json_take(struct json_text *text, char wanted)
{
	if (text->at == text->end || *text->at != wanted)
		return false;
	text->at++;
	return true;
}

static inline bool json_word(struct json_text *text, const char *word)
{
	size_t size = strlen(word);

	if ((size_t)(text->end - text->at) < size || memcmp(text->at, word, size))
		return false;
	text->at += size;
	return true;
}

static inline bool json_escape(struct json_text *text)
{
	if (text->at == text->end)
		return false;
	if (*text->at != 'u')
		return strchr("\"\\/bfnrt", *text->at++);
	text->at++;
	for (int i = 0; i < 4; i++)
		if (text->at == text->end || !strchr("0123456789abcdefABCDEF", *text->at++))
			return false;
	return true;
}

static inline bool json_string(struct json_text *text)
{
	uint32_t point;

	if (!json_take(text, '"'))
		return false;
	while (text->at < text->end && *text->at != '"') {
		unsigned int size;

		if (json_take(text, '\\')) {
			if (!json_escape(text))
				return false;
			continue;
		}
		size = tf_escape_utf8((const uint8_t *)text->at, (size_t)(text->end - text->at),
				      &point);
		if (!size || point < 0x20)
			return false;
		text->at += size;
	}
	return json_take(text, '"');
}

static inline size_t json_digits(struct json_text *text)
{
	size_t n = 0;

	for (; text->at < text->end && *text->at >= '0' && *text->at <= '9'; text->at++)
		n++;
	return n;
}

static inline bool json_number(struct json_text *text)
{
	bool zero;

	json_take(text, '-');
	zero = text->at < text->end && *text->at == '0';
	if (json_digits(text) > 1 ? zero : text->at[-1] < '0' || text->at[-1] > '9')
		return false;
	return !json_take(text, '.') || json_digits(text);
}

static inline bool json_value(struct json_text *text, int depth);

/* What stands between the brackets of an array or an object, and the closing one. */
static inline bool json_items(struct json_text *text, bool named, char close, int depth)
{
	if (json_take(text, close))
		return true;
	do {
		if (named && (!json_string(text) || !json_take(text, ':')))
			return false;
		if (!json_value(text, depth))
			return false;
	} while (json_take(text, ','));
	return json_take(text, close);
}

static inline bool json_value(struct json_text *text, int depth)
{
	if (depth > JSON_DEPTH || text->at == text->end)
		return false;
	switch (*text->at) {
	case '{':
		text->at++;
		return json_items(text, true, '}', depth + 1);
	case '[':
		text->at++;
		return json_items(text, false, ']', depth + 1);
	case '"':
		return json_string(text);
	default:
		return json_word(text, "null") || json_word(text, "true") ||
		       json_word(text, "false") || json_number(text);
	}
}

/* Whether @text holds lines of one object each, every line ended. (This writer puts no blanks.) */
static inline bool json_lines(const char *begin, size_t size)
{
	struct json_text text = {begin, begin + size};

	while (text.at < text.end)
		if (*text.at != '{' || !json_value(&text, 0) || !json_take(&text, '\n'))
			return false;
	return true;
}

#endif
