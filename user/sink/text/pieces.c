// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * pieces.c - see pieces.h
 */
#include "sink/text/pieces.h"

#include <string.h>
#include <time.h>

#include "base/duration.h"
#include "base/escape.h"
#include "base/fmt.h"
#include "base/units.h"
#include "base/wrap.h"
#include "core/snapshot/socket.h"
#include "sink/text/columns.h"

#define HOLDERS 3 /* processes that a line names */
#define ALL_HOLDERS 64
#define FDS 4 /* descriptors of one of them */
#define ALL_FDS 64
#define LIST_INDENT 21
#define PIECE_MAX 160

/* A hostile name, and the descriptors behind it. */
_Static_assert(ALL_HOLDERS *(TF_COMM_LEN *TF_ESCAPE_TERM_MAX + 32 + ALL_FDS * 12) <
		       TF_PIECES_BLOCK_MAX - 4096,
	       "all holders must fit");

char *tf_pieces_time(char *at, uint64_t utc_ns)
{
	time_t second = (time_t)((int64_t)utc_ns / NS_PER_S);
	struct tm tm = {0};

	localtime_r(&second, &tm);
	return at + strftime(at, 32, "%Y-%m-%d %H:%M:%S", &tm);
}

static char *put_process(char *at, const uint8_t comm[TF_COMM_LEN], uint32_t pid)
{
	at = tf_escape_term(at, comm, strnlen((const char *)comm, TF_COMM_LEN));
	*at++ = '[';
	at = tf_fmt_u64(at, pid);
	*at++ = ']';
	return at;
}

char *tf_pieces_owner(char *at, const struct tf_owner *owner)
{
	if (owner->from == TF_OWNER_NONE)
		return TF_FMT_LIT(at, "?");
	if (owner->pid)
		return put_process(at, owner->comm, owner->pid);
	if (!owner->comm[0])
		return TF_FMT_LIT(at, "a group of processes");
	at = tf_escape_term(at, owner->comm, strnlen((const char *)owner->comm, TF_COMM_LEN));
	return TF_FMT_LIT(at, " (several processes)");
}

char *tf_pieces_tuple(char *at, const struct tf_tuple *tuple, enum tf_role role)
{
	static const char *const arrows[] = {
		[TF_ROLE_UNKNOWN] = " -- ", [TF_ROLE_CLIENT] = " -> ", [TF_ROLE_SERVER] = " <- "};

	at = tf_columns_end_point(at, tuple->laddr, tuple->lport);
	at = tf_fmt_str(at, arrows[role]);
	return tf_columns_end_point(at, tuple->raddr, tuple->rport);
}

char *tf_pieces_netns(char *at, uint32_t netns, uint32_t home)
{
	if (netns == home)
		return at;
	at = TF_FMT_LIT(at, " @");
	return tf_fmt_u64(at, netns);
}

/* --- holders -------------------------------------------------------------------------------- */

static const char *held_by(enum tf_held held)
{
	static const char *const words[TF_HELD_MAX] = {
		[TF_HELD_UNKNOWN] = "?",
		[TF_HELD_PROCESS] = "?",
		[TF_HELD_QUEUE] = "(accept queue)",
		[TF_HELD_ORPHAN] = "(orphaned)",
		[TF_HELD_MINISOCK] = "(minisock)",
	};

	return words[held];
}

static char *put_fd(char *at, int32_t fd)
{
	if (fd < 0)
		*at++ = '-';
	return tf_fmt_u64(at, fd < 0 ? -(uint64_t)fd : (uint64_t)fd);
}

/* "java[221] fd 5,6": the holder @handle and those of the same process behind it. @ret_next: the
 * first of another process. */
static char *put_holder(char *at, const struct tf_snapshot *snapshot, uint32_t handle,
			unsigned int fds, uint32_t *ret_next)
{
	const struct tf_snapshot_holder *holder = tf_snapshot_holder(snapshot, handle);
	const struct tf_snapshot_process *process = tf_snapshot_process(snapshot, holder->process);
	uint32_t its = holder->process;
	unsigned int n = 0;

	at = put_process(at, process->comm, process->pid);
	for (; handle; handle = holder->next) {
		holder = tf_snapshot_holder(snapshot, handle);
		if (holder->process != its)
			break;
		if (n < fds)
			at = put_fd(n ? TF_FMT_LIT(at, ",") : TF_FMT_LIT(at, " fd "), holder->fd);
		else if (n == fds)
			at = TF_FMT_LIT(at, "...");
		n++;
	}
	*ret_next = handle;
	return at;
}

static unsigned int count_processes(const struct tf_snapshot *snapshot, uint32_t handle)
{
	unsigned int n = 0;
	uint32_t last = 0;

	while (handle) {
		const struct tf_snapshot_holder *holder = tf_snapshot_holder(snapshot, handle);

		n += holder->process != last;
		last = holder->process;
		handle = holder->next;
	}
	return n;
}

char *tf_pieces_holders(char *at, const struct tf_snapshot *snapshot,
			const struct tf_snapshot_socket *socket, bool all)
{
	unsigned int most = all ? ALL_HOLDERS : HOLDERS, n;
	uint32_t handle = socket->holders;

	if (!handle)
		return tf_fmt_str(at, held_by(socket->held));
	for (n = 0; handle && n < most; n++) {
		at = n ? TF_FMT_LIT(at, ", ") : at;
		at = put_holder(at, snapshot, handle, all ? ALL_FDS : FDS, &handle);
	}
	if (!handle)
		return at;
	at = TF_FMT_LIT(at, ", +");
	at = tf_fmt_u64(at, count_processes(snapshot, handle));
	return TF_FMT_LIT(at, " more");
}

char *tf_pieces_group_owner(char *at, const struct tf_snapshot *snapshot,
			    const struct tf_snapshot_group *group)
{
	const struct tf_snapshot_process *process;

	if (!group->process)
		return tf_fmt_str(at, held_by(group->held));
	process = tf_snapshot_process(snapshot, group->process);
	return put_process(at, process->comm, process->pid);
}

char *tf_pieces_service(char *at, const struct tf_snapshot_group *group)
{
	if (group->has_remote) {
		at = group->role == TF_ROLE_CLIENT ? TF_FMT_LIT(at, "-> ") : TF_FMT_LIT(at, "-- ");
		return tf_columns_end_point(at, group->remote, group->port);
	}
	if (!group->port)
		return TF_FMT_LIT(at, "(not connected)");
	at = group->role == TF_ROLE_SERVER ? TF_FMT_LIT(at, ":") : TF_FMT_LIT(at, "port ");
	return tf_fmt_u64(at, group->port);
}

/* --- lists of states ------------------------------------------------------------------------ */

static const uint8_t STATE_ORDER[] = {
	TF_TCP_CLOSE_WAIT, TF_TCP_SYN_SENT,  TF_TCP_SYN_RECV,	 TF_TCP_FIN_WAIT1,
	TF_TCP_LAST_ACK,   TF_TCP_CLOSING,   TF_TCP_FIN_WAIT2,	 TF_TCP_CLOSE,
	TF_TCP_LISTEN,	   TF_TCP_TIME_WAIT, TF_TCP_ESTABLISHED,
};
#define N_STATES (sizeof(STATE_ORDER) / sizeof(STATE_ORDER[0]))

/* Continues in the next line; drops the blanks at the end of this one. */
static void next_line(struct tf_pieces_list *list)
{
	while (list->at > list->line && list->at[-1] == ' ')
		list->at--;
	*list->at++ = '\n';
	list->at = tf_columns_pad(list->at, list->at, LIST_INDENT);
	list->column = LIST_INDENT;
}

/* Adds the piece from @text to @end, on the next line when this one has no room for it and a
 * comma. */
static void add_piece(struct tf_pieces_list *list, const char *text, const char *end, bool loud)
{
	unsigned int size = (unsigned int)(end - text);

	if (!list->n++) {
		list->column = tf_wrap_width(list->line, list->at);
	} else {
		list->at = TF_FMT_LIT(list->at, ", ");
		list->column += 2;
	}
	if (list->column > LIST_INDENT && list->column + size + 1 > list->width)
		next_line(list);
	list->at = loud && list->colour ? TF_FMT_LIT(list->at, "\033[33m") : list->at;
	list->at = tf_fmt_mem(list->at, text, size);
	list->at = loud && list->colour ? TF_FMT_LIT(list->at, "\033[0m") : list->at;
	list->column += size;
}

/* What @n of the @all sockets in a state have in common. */
static char *put_share(char *at, uint32_t n, uint32_t all, const char *each, const char *some)
{
	if (n == all)
		return tf_fmt_str(at, each);
	return tf_fmt_str(tf_fmt_u64(at, n), some);
}

/* " (31m12s, EOF read)": the age of the oldest socket in @state; who has read the end of data, or
 * has not even sent its SYN. */
static char *put_details(char *at, const struct tf_snapshot_group *group, uint8_t state)
{
	struct tf_maybe32 oldest = group->oldest_ms[state];
	uint32_t eof = state == TF_TCP_CLOSE_WAIT ? group->eof_read : 0;
	uint32_t waits = state == TF_TCP_SYN_SENT ? group->syn_waits : 0;
	bool old = tf_socket_is_unusual(state) && tf_maybe32_known(oldest);

	if (!eof && !waits && !old)
		return at;
	at = TF_FMT_LIT(at, " (");
	at = old ? tf_duration_short(at, tf_maybe32_value(oldest) * US_PER_MS) : at;
	at = (eof || waits) && old ? TF_FMT_LIT(at, ", ") : at;
	if (eof)
		at = put_share(at, eof, group->count[state], "EOF read", " read EOF");
	if (waits)
		at = put_share(at, waits, group->count[state], "no SYN sent yet",
			       " without a SYN yet");
	*at++ = ')';
	return at;
}

static void add_amount(struct tf_pieces_list *list, uint64_t n, char *(*put)(char *, uint64_t),
		       const char *what)
{
	char text[PIECE_MAX], *at = text;

	if (!n)
		return;
	at = put(at, n);
	at = tf_fmt_str(at, what);
	add_piece(list, text, at, false);
}

char *tf_pieces_group_states(struct tf_pieces_list *list, const struct tf_snapshot_group *group)
{
	char text[PIECE_MAX], *at;

	for (size_t i = 0; i < N_STATES; i++) {
		uint8_t state = STATE_ORDER[i];

		if (!group->count[state])
			continue;
		at = tf_fmt_u64(text, group->count[state]);
		*at++ = ' ';
		at = tf_fmt_str(at, tf_states_name(state));
		at = put_details(at, group, state);
		add_piece(list, text, at, tf_socket_is_unusual(state));
	}
	add_amount(list, group->unread, tf_columns_bytes, " unread");
	add_amount(list, group->unacked, tf_columns_bytes, " not acknowledged");
	add_amount(list, group->unsent, tf_columns_bytes, " not sent");
	add_amount(list, group->shared, tf_fmt_u64, " shared");
	return list->at;
}

char *tf_pieces_total_states(struct tf_pieces_list *list, const uint64_t states[TF_TCP_STATE_MAX])
{
	char text[PIECE_MAX];

	for (size_t i = 0; i < N_STATES; i++) {
		char *at = text;

		if (!states[STATE_ORDER[i]])
			continue;
		at = tf_fmt_u64(at, states[STATE_ORDER[i]]);
		*at++ = ' ';
		at = tf_fmt_str(at, tf_states_name(STATE_ORDER[i]));
		add_piece(list, text, at, false);
	}
	return list->n ? list->at : TF_FMT_LIT(list->at, "no socket");
}

/* --- one socket ----------------------------------------------------------------------------- */

static char *end_right(char *at, char *end, unsigned int width)
{
	end = tf_columns_right(at, end, width);
	*end++ = ' ';
	return end;
}

static char *put_amount(char *at, const struct tf_snapshot_socket *socket, uint32_t bytes,
			unsigned int width)
{
	bool known = tf_socket_has_data(socket);

	return end_right(at, known ? tf_columns_bytes(at, bytes) : TF_FMT_LIT(at, "-"), width);
}

static char *put_age(char *at, struct tf_maybe32 age_ms, unsigned int width)
{
	uint64_t us = tf_maybe32_known(age_ms) ? tf_maybe32_value(age_ms) * US_PER_MS : 0;

	return end_right(at,
			 tf_maybe32_known(age_ms) ? tf_duration_short(at, us) : TF_FMT_LIT(at, "-"),
			 width);
}

static char *put_ends(char *at, const struct tf_snapshot_socket *socket)
{
	if (!socket->scanned)
		return TF_FMT_LIT(at, "(not connected)");
	if (socket->state == TF_TCP_LISTEN)
		return tf_columns_end_point(at, socket->tuple.laddr, socket->tuple.lport);
	return tf_pieces_tuple(at, &socket->tuple, socket->role);
}

char *tf_pieces_socket(char *at, const struct tf_snapshot *snapshot,
		       const struct tf_snapshot_socket *socket, uint32_t home)
{
	const char *begin = at;

	at = tf_fmt_str(at, tf_states_name(socket->state));
	at = tf_columns_pad(begin, at, 11);
	*at++ = ' ';
	at = put_age(at, tf_socket_age_ms(socket), 8);
	at = put_amount(at, socket, tf_socket_unread(socket), 6);
	at = put_amount(at, socket, tf_socket_unsent(socket), 6);
	at = put_amount(at, socket, tf_socket_unacked(socket), 7);
	*at++ = ' ';
	begin = at;
	at = put_ends(at, socket);
	at = tf_pieces_netns(at, socket->netns, home);
	at = tf_columns_pad(begin, at, 45);
	at = TF_FMT_LIT(at, "  ");
	at = tf_pieces_holders(at, snapshot, socket, true);
	*at++ = '\n';
	return at;
}
