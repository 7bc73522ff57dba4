// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * alerts.c - the rows of alerts.def
 */
#include "core/alert/alerts.h"

#include <string.h>

#include "base/units.h"

static const struct tf_alert_info alert_infos[TF_ALERT_MAX] = {
#define TF_ALERT(name, slug_, severity_, count_, age_ms_, rate_, percent_, behaviour, counted_,    \
		 clause_, said_, meaning_, remedy_, related_, test_)                               \
	[TF_ALERT_##name] = {                                                                      \
		.slug = slug_,                                                                     \
		.severity = TF_SEVERITY_##severity_,                                               \
		.limits = {.count = count_,                                                        \
			   .age_ns = age_ms_ * NS_PER_MS,                                          \
			   .rate = rate_,                                                          \
			   .percent = percent_},                                                   \
		.counted = counted_,                                                               \
		.clause = clause_,                                                                 \
		.said = said_,                                                                     \
		.meaning = meaning_,                                                               \
		.remedy = remedy_,                                                                 \
		.related = related_,                                                               \
		.test = test_,                                                                     \
	},
#include "core/alert/alerts.def"
#undef TF_ALERT
};

const struct tf_alert_info *tf_alerts_info(enum tf_alert alert)
{
	return &alert_infos[alert];
}

int tf_alerts_parse(const char *slug)
{
	for (int i = 0; i < TF_ALERT_MAX; i++)
		if (!strcmp(alert_infos[i].slug, slug))
			return i;
	return -1;
}

static bool is_zero(const struct tf_alert_limits *limits)
{
	return !limits->off && !limits->count && !limits->age_ns && !limits->rate &&
	       !limits->percent;
}

struct tf_alert_limits tf_alerts_limits(enum tf_alert alert, const struct tf_alert_limits *own)
{
	return is_zero(own) ? alert_infos[alert].limits : *own;
}

const char *tf_alerts_severity_name(enum tf_severity severity)
{
	return severity == TF_SEVERITY_CRITICAL ? "critical" : "warning";
}
