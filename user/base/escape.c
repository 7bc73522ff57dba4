// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * escape.c - see escape.h
 */
#include "base/escape.h"

#include <stdbool.h>
#include <string.h>

#include "base/fmt.h"

static const char HEX[] = "0123456789abcdef";

/* Length by the first byte, and the smallest code point that needs it. 0x80 to 0xbf continue a
 * sequence, 0xc0, 0xc1 could only begin an overlong one, 0xf5 and above lie past U+10FFFF. */
static unsigned int sequence_length(uint8_t first, uint32_t *ret_least)
{
	if (first < 0xc2 || first > 0xf4)
		return 0;
	*ret_least = first < 0xe0 ? 0x80 : first < 0xf0 ? 0x800 : 0x10000;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* A sequence of two to four bytes: its length and code point; 0 if it is not valid. */
static unsigned int decode_long(const uint8_t *bytes, size_t size, uint32_t *ret_point)
{
	uint32_t least = 0, point;
	unsigned int len = sequence_length(bytes[0], &least);

	if (len == 0 || size < len)
		return 0;
	point = bytes[0] & (0x7fu >> len);
	for (unsigned int i = 1; i < len; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (bytes[i] & 0x3f);
	}
	if (point < least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return len;
}

unsigned int tf_escape_utf8(const uint8_t *bytes, size_t size, uint32_t *ret_point)
{
	uint32_t point;
	unsigned int len = 1;

	if (size == 0)
		return 0;
	if (bytes[0] < 0x80)
		point = bytes[0];
	else
		len = decode_long(bytes, size, &point);
	if (len && ret_point)
		*ret_point = point;
	return len;
}

/* A byte below 0x80 that JSON does not take as it is. */
static char *json_control(char *at, uint8_t byte)
{
	switch (byte) {
	case '"':
		return TF_FMT_LIT(at, "\\\"");
	case '\\':
		return TF_FMT_LIT(at, "\\\\");
	case '\n':
		return TF_FMT_LIT(at, "\\n");
	case '\t':
		return TF_FMT_LIT(at, "\\t");
	case '\r':
		return TF_FMT_LIT(at, "\\r");
	}
	at = TF_FMT_LIT(at, "\\u00");
	*at++ = HEX[byte >> 4];
	*at++ = HEX[byte & 15];
	return at;
}

static bool json_plain(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

#define EACH(byte) (0x0101010101010101ULL * (byte))

/* Whether all eight bytes are plain. Paths and ids are long and plain, so they are copied eight
 * bytes at a time. By arithmetic on the bytes of a word: the high bit of a byte is set when the
 * byte is below 0x20, a quote or a backslash (0 after the XOR), or above 0x7e (at once, or after
 * adding 1). */
static bool json_plain8(const uint8_t *bytes)
{
	uint64_t word, quote, slash;

	memcpy(&word, bytes, sizeof(word));
	quote = word ^ EACH('"');
	slash = word ^ EACH('\\');
	return !(((word - EACH(0x20)) | (quote - EACH(1)) | (slash - EACH(1)) | word |
		  (word + EACH(1))) &
		 EACH(0x80));
}

char *tf_escape_json(char *at, const void *bytes, size_t size)
{
	const uint8_t *p = bytes, *end = p + size;

	while (p < end) {
		unsigned int len;

		if (end - p >= 8 && json_plain8(p)) {
			at = tf_fmt_mem(at, p, 8);
			p += 8;
		} else if (json_plain(*p)) {
			*at++ = (char)*p++;
		} else if (*p < 0x80) {
			at = json_control(at, *p++);
		} else if ((len = tf_escape_utf8(p, (size_t)(end - p), NULL)) > 0) {
			at = tf_fmt_mem(at, p, len);
			p += len;
		} else {
			at = TF_FMT_LIT(at, "\xef\xbf\xbd"); /* U+FFFD */
			p++;
		}
	}
	return at;
}

struct range {
	uint32_t from, to;
};

/* Characters that a terminal or its reader may act on instead of showing them. */
static const struct range HIDDEN[] = {
	{0x00, 0x1f},	    /* C0 controls, ESC among them */
	{'\\', '\\'},	    /* so that \x1b can only mean the byte */
	{0x7f, 0x9f},	    /* DEL, C1 controls: U+009B is a CSI to some terminals */
	{0xad, 0xad},	    /* soft hyphen */
	{0x61c, 0x61c},	    /* Arabic letter mark */
	{0x180e, 0x180e},   /* Mongolian vowel separator */
	{0x200b, 0x200f},   /* zero width, left-to-right and right-to-left marks */
	{0x2028, 0x202e},   /* line and paragraph separators, bidirectional embeddings */
	{0x2060, 0x206f},   /* word joiner, bidirectional isolates, deprecated format codes */
	{0xfe00, 0xfe0f},   /* variation selectors */
	{0xfeff, 0xfeff},   /* byte order mark */
	{0xfff0, 0xfffb},   /* interlinear annotation */
	{0xe0000, 0xe0fff}, /* tags, more variation selectors */
};

static bool term_plain(uint32_t point)
{
	for (size_t i = 0; i < sizeof(HIDDEN) / sizeof(HIDDEN[0]); i++)
		if (point >= HIDDEN[i].from && point <= HIDDEN[i].to)
			return false;
	return true;
}

static char *term_hex(char *at, const uint8_t *bytes, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		at = TF_FMT_LIT(at, "\\x");
		*at++ = HEX[bytes[i] >> 4];
		*at++ = HEX[bytes[i] & 15];
	}
	return at;
}

char *tf_escape_term(char *at, const void *bytes, size_t size)
{
	const uint8_t *p = bytes, *end = p + size;

	while (p < end) {
		uint32_t point = 0;
		unsigned int len = tf_escape_utf8(p, (size_t)(end - p), &point);

		if (len && term_plain(point))
			at = tf_fmt_mem(at, p, len);
		else
			at = term_hex(at, p, len ? len : 1);
		p += len ? len : 1;
	}
	return at;
}
