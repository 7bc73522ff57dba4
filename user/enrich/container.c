// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * container.c - see container.h. The path is read from the root inwards, part by part; each part is
 * looked up in two tables: by its own form, and by what stands above it.
 */
#include "enrich/container.h"

#include <stdbool.h>
#include <string.h>

#define ID_LEN 64	/* of full ids: 256 bits */
#define SHORT_ID_LEN 12 /* as `docker ps` shows them */

/* What may stand for the id. */
enum id_form {
	ID_HEX,	     /* hexadecimal, SHORT_ID_LEN to ID_LEN digits */
	ID_FULL_HEX, /* ID_LEN of them */
	ID_NAME,     /* any name without control characters */
	ID_ESCAPED,  /* a name as systemd escapes it: "a\x2db" */
};

struct path_part {
	const char *text;
	size_t len;
};

/* Parts that say by themselves what they are. */
static const struct {
	const char *prefix, *suffix;
	enum id_form form;
	const char *runtime;
} id_forms[] = {
	{"docker-", ".scope", ID_HEX, "docker"},
	{"cri-containerd-", ".scope", ID_HEX, "containerd"},
	{"nerdctl-", ".scope", ID_HEX, "containerd"},
	{"crio-", ".scope", ID_HEX, "cri-o"}, /* crio-conmon-ID is its monitor: no id */
	{"crio-", "", ID_HEX, "cri-o"},
	{"libpod-", ".scope", ID_HEX, "podman"}, /* nor is libpod-conmon-ID */
	{"libpod-", "", ID_HEX, "podman"},
	{"libpod-payload-", "", ID_HEX,
	 "podman"}, /* --cgroups=split, in the cgroup of its service */
	{"kata_", "", ID_HEX, "kata"},
	{"lxc.payload.", "", ID_NAME, "lxc"},
	{"machine-qemu\\x2d", ".scope", ID_ESCAPED, "qemu"},
	{"machine-lxc\\x2d", ".scope", ID_ESCAPED, "libvirt-lxc"},
	{"machine-", ".scope", ID_ESCAPED, "nspawn"},
	{"systemd-nspawn@", ".service", ID_ESCAPED, "nspawn"},
};

/* Parts that are an id because of the one above. */
static const struct {
	const char *above;
	bool top; /* only when that one stands at the root */
	enum id_form form;
	const char *runtime; /* NULL: no container */
} id_places[] = {
	{"docker", false, ID_HEX, "docker"},
	{"lxc", true, ID_NAME, "lxc"},
	{"lxc.payload", true, ID_NAME, "lxc"},
	{"default", true, ID_NAME, "containerd"}, /* namespaces of containerd */
	{"k8s.io", true, ID_HEX, "containerd"},
	{"moby", true, ID_HEX, "docker"},
	{"kata_overhead", false, ID_HEX, "kata"},
	{"libpod_parent", false, ID_FULL_HEX, NULL}, /* a pod */
};

/* What stands before the last ':' where runc was given systemd's form of a path but made plain
 * ones: "kubepods-podUID.slice:cri-containerd:ID" */
static const struct {
	const char *prefix, *runtime;
} id_triples[] = {
	{":cri-containerd", "containerd"},
	{":nerdctl", "containerd"},
	{":docker", "docker"},
	{":crio", "cri-o"},
	{":libpod", "podman"},
};

#define N(table) (sizeof(table) / sizeof((table)[0]))

static bool begins_with(struct path_part part, const char *prefix)
{
	size_t len = strlen(prefix);

	return part.len >= len && !memcmp(part.text, prefix, len);
}

static bool ends_with(struct path_part part, const char *suffix)
{
	size_t len = strlen(suffix);

	return part.len >= len && !memcmp(part.text + part.len - len, suffix, len);
}

static bool is_word(struct path_part part, const char *name)
{
	return part.len == strlen(name) && !memcmp(part.text, name, part.len);
}

static bool is_hex(struct path_part part)
{
	for (size_t i = 0; i < part.len; i++)
		if (!strchr("0123456789abcdef", part.text[i]))
			return false;
	return part.len >= SHORT_ID_LEN && part.len <= ID_LEN;
}

static bool is_name(struct path_part part)
{
	for (size_t i = 0; i < part.len; i++)
		if ((unsigned char)part.text[i] < ' ' || part.text[i] == 0x7f)
			return false;
	return part.len > 0;
}

static bool fits_form(struct path_part part, enum id_form form)
{
	switch (form) {
	case ID_HEX:
		return is_hex(part);
	case ID_FULL_HEX:
		return is_hex(part) && part.len == ID_LEN;
	default:
		return is_name(part);
	}
}

static int hex_digit(char digit)
{
	const char *digits = "0123456789abcdef", *found = digit ? strchr(digits, digit) : NULL;

	return found ? (int)(found - digits) : -1;
}

/* The character that "\xNN" at @text stands for; 0: there is none, or one that had better stay
 * escaped. */
static char unescape_char(const char *text, size_t len)
{
	int value;

	if (len < 4 || text[0] != '\\' || text[1] != 'x' || hex_digit(text[2]) < 0 ||
	    hex_digit(text[3]) < 0)
		return 0;
	value = hex_digit(text[2]) * 16 + hex_digit(text[3]);
	return value >= ' ' && value < 0x7f ? (char)value : 0;
}

/* "runtime:id", if it fits; a cut id would be another one's. */
static bool set_container(struct tf_container *ret, const char *runtime, struct path_part id,
			  enum id_form form)
{
	char name[TF_CONTAINER_LEN];
	size_t n = strlen(runtime);

	memcpy(name, runtime, n);
	name[n++] = ':';
	for (size_t i = 0; i < id.len;) {
		char plain = form == ID_ESCAPED ? unescape_char(id.text + i, id.len - i) : 0;

		if (n == sizeof(name) - 1)
			return false;
		name[n++] = plain ? plain : id.text[i];
		i += plain ? 4 : 1;
	}
	name[n] = '\0';
	memcpy(ret->container, name, n + 1);
	return true;
}

/* The id within a part of this form; .text NULL: the part is of another form. */
static struct path_part id_within(struct path_part part, const char *prefix, const char *suffix)
{
	size_t around = strlen(prefix) + strlen(suffix);

	if (part.len < around || !begins_with(part, prefix) || !ends_with(part, suffix))
		return (struct path_part){0};
	return (struct path_part){part.text + strlen(prefix), part.len - around};
}

/* Containers whose cgroup names their runtime. */
static bool take_form(struct tf_container *ret, struct path_part part)
{
	for (size_t i = 0; i < N(id_forms); i++) {
		struct path_part id = id_within(part, id_forms[i].prefix, id_forms[i].suffix);

		if (id.text && fits_form(id, id_forms[i].form) &&
		    set_container(ret, id_forms[i].runtime, id, id_forms[i].form))
			return true;
	}
	return false;
}

static bool take_triple(struct tf_container *ret, struct path_part part)
{
	const char *colon = memrchr(part.text, ':', part.len);
	struct path_part before, id;

	if (!colon)
		return false;
	before = (struct path_part){part.text, (size_t)(colon - part.text)};
	id = (struct path_part){colon + 1, part.len - before.len - 1};
	for (size_t i = 0; i < N(id_triples); i++)
		if (ends_with(before, id_triples[i].prefix) && is_hex(id))
			return set_container(ret, id_triples[i].runtime, id, ID_HEX);
	return false;
}

/* Where @part stands. */
struct place {
	struct path_part above;	      /* the part before; .len 0: none */
	struct path_part above_above; /* likewise */
	bool in_pods;		      /* below the cgroup in which kubelet puts all pods */
};

/* Containers whose cgroup has nothing but the id for its name. */
static void take_place(struct tf_container *ret, struct path_part part, const struct place *place)
{
	for (size_t i = 0; i < N(id_places); i++) {
		if (!is_word(place->above, id_places[i].above) ||
		    !fits_form(part, id_places[i].form) ||
		    (id_places[i].top && place->above_above.len))
			continue;
		if (id_places[i].runtime)
			set_container(ret, id_places[i].runtime, part, id_places[i].form);
		return;
	}
	if (!fits_form(part, ID_FULL_HEX))
		return;
	if (place->in_pods)
		set_container(ret, "containerd", part, ID_HEX);
	else if (is_word(place->above_above, "ecs"))
		set_container(ret, "docker", part, ID_HEX);
	else
		set_container(ret, "oci", part, ID_HEX);
}

/* systemd puts '_' before a name that the kernel could take for one of its own files
 * (cg_escape()). */
static void take_unit(struct tf_container *ret, struct path_part part)
{
	const size_t max = sizeof(ret->unit) - 1;

	if (part.len && part.text[0] == '_')
		part = (struct path_part){part.text + 1, part.len - 1};
	if (is_word(part, ".scope") || is_word(part, ".service") ||
	    (!ends_with(part, ".scope") && !ends_with(part, ".service")))
		return;
	memset(ret->unit, 0, sizeof(ret->unit));
	memcpy(ret->unit, part.text, part.len < max ? part.len : max);
	if (part.len > max)
		memcpy(ret->unit + max - 3, "...", 3);
}

void tf_container_parse(const char *path, struct tf_container *ret)
{
	struct place place = {0};

	memset(ret, 0, sizeof(*ret));
	while (*path) {
		struct path_part part = {path, strcspn(path, "/")};

		path += part.len + (path[part.len] == '/');
		if (!part.len)
			continue;
		if (!take_form(ret, part) && !take_triple(ret, part)) {
			take_place(ret, part, &place);
			take_unit(ret, part);
		}
		place.in_pods |= is_word(part, "kubepods") || is_word(part, "kubepods.slice");
		place.above_above = place.above;
		place.above = part;
	}
}
