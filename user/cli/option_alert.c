// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * option_alert.c - see option_alert.h
 */
#include "cli/option_alert.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/num.h"
#include "cli/nearest.h"
#include "core/alert/alerts.h"

#define WORD_MAX 64

/* A number from 1 to @max. 0 or -EINVAL. */
static int take_number(const char *text, uint32_t max, uint32_t *ret)
{
	uint64_t n;

	if (tf_num_u64(text, 1, max, &n))
		return -EINVAL;
	*ret = (uint32_t)n;
	return 0;
}

/* Sets the limit that @word, "count=9" or "off", names. 0 or -EINVAL. */
static int take_limit(struct tf_alert_limits *limits, const char *word)
{
	const char *value = strchr(word, '=');
	size_t size = value ? (size_t)(value - word) : strlen(word);

	if (!value) {
		limits->off = !strcmp(word, "off");
		return limits->off ? 0 : -EINVAL;
	}
	value++;
	if (size == 5 && !memcmp(word, "count", size))
		return take_number(value, UINT32_MAX - 1, &limits->count);
	if (size == 4 && !memcmp(word, "rate", size))
		return take_number(value, 1000000, &limits->rate);
	if (size == 7 && !memcmp(word, "percent", size))
		return take_number(value, 100, &limits->percent);
	if (size == 3 && !memcmp(word, "age", size))
		return tf_num_duration(value, &limits->age_ns);
	return -EINVAL;
}

/* An alert has only the limits that its row in alerts.def sets. */
static bool limits_apply(enum tf_alert alert, const struct tf_alert_limits *limits)
{
	const struct tf_alert_limits *usual = &tf_alerts_info(alert)->limits;

	return !(limits->count && !usual->count) && !(limits->rate && !usual->rate) &&
	       !(limits->percent && !usual->percent) && !(limits->age_ns && !usual->age_ns);
}

/* Sets all limits of the list @words, or none. 0 or -EINVAL. */
static int take_limits(enum tf_alert alert, const char *words, struct tf_alert_limits *ret)
{
	struct tf_alert_limits limits = *ret;
	char word[WORD_MAX];

	for (;;) {
		size_t size = strcspn(words, ",");

		if (!size || size >= sizeof(word))
			return -EINVAL;
		memcpy(word, words, size);
		word[size] = '\0';
		if (take_limit(&limits, word))
			return -EINVAL;
		if (!words[size])
			break;
		words += size + 1;
	}
	if (!limits_apply(alert, &limits))
		return -EINVAL;
	*ret = limits;
	return 0;
}

static int no_such_alert(const char *slug, struct tf_trouble *trouble)
{
	struct tf_nearest nearest = {.word = slug};
	const char *meant;

	for (int i = 0; i < TF_ALERT_MAX; i++)
		tf_nearest_offer(&nearest, tf_alerts_info(i)->slug);
	meant = tf_nearest_take(&nearest);
	if (meant)
		tf_trouble_set(trouble, "--alert %s: no such alert; did you mean %s?", slug, meant);
	else
		tf_trouble_set(trouble, "--alert %s: no such alert; see tcpfate explain alerts",
			       slug);
	return -EINVAL;
}

int tf_option_alert_take(struct tf_options *options, const char *value, struct tf_trouble *trouble)
{
	size_t size = strcspn(value, ":");
	struct tf_alert_limits *limits, taken;
	char slug[WORD_MAX];
	int alert;

	if (size < sizeof(slug)) {
		memcpy(slug, value, size);
		slug[size] = '\0';
	}
	alert = size < sizeof(slug) ? tf_alerts_parse(slug) : -1;
	if (alert < 0)
		return no_such_alert(size < sizeof(slug) ? slug : "(too long)", trouble);
	limits = &options->core.alert[alert];
	taken = *limits;
	if (!taken.count && !taken.rate && !taken.percent && !taken.age_ns)
		taken = tf_alerts_info(alert)->limits;
	if (value[size] && !take_limits(alert, value + size + 1, &taken)) {
		*limits = taken;
		return 0;
	}
	tf_trouble_set(
		trouble,
		"--alert %.64s: not a list of its limits; write ALERT:off or those of count=N, "
		"age=TIME, rate=N, percent=N that tcpfate explain %s shows",
		value, slug);
	return -EINVAL;
}
