/* SPDX-License-Identifier: Apache-2.0 */
#include "foreground.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "cleanup.h"
#include "sd-monitor.h"
#include "str.h"

static void add_relay(struct foreground *f, int from, int to, bool close_to)
{
	if (from < 0 || to < 0)
		return;
	f->relays = sd_realloc(f->relays, (f->n + 1) * sizeof(*f->relays));
	f->relays[f->n] = (struct relay){.from = from, .to = to, .close_to = close_to};
	if (from == f->user[0])
		f->relays[f->n].keys = f->keys;
	f->n++;
}

static void copy_size(const struct foreground *f)
{
	struct winsize size;
	int i = 0;

	while (i < 3 && ioctl(f->user[i], TIOCGWINSZ, &size) < 0)
		i++;
	if (i == 3)
		return;
	if (f->pty >= 0)
		ioctl(f->pty, TIOCSWINSZ, &size); /* EIO: it has ended */
	if (f->sizes >= 0) {
		sd_auto_free char *text = sd_printf("resize %u %u", size.ws_row, size.ws_col);

		sd_control_send(f->sizes, text, NULL, 0); /* the same */
	}
}

static void make_raw(struct foreground *f)
{
	struct termios raw;

	if (!f->with_stdin || tcgetattr(f->user[0], &f->before) < 0)
		return;
	raw = f->before;
	cfmakeraw(&raw);
	if (tcsetattr(f->user[0], TCSANOW, &raw) == 0)
		f->terminal = f->user[0];
}

void foreground_restore(struct foreground *f)
{
	if (f->terminal >= 0)
		tcsetattr(f->terminal, TCSADRAIN, &f->before);
	f->terminal = -1;
}

void foreground_free(struct foreground *f)
{
	foreground_restore(f);
	free(f->relays);
	f->relays = NULL;
	f->n = 0;
}

void foreground_stream(struct foreground *f, int stream, int end)
{
	if (stream == STDIN_FILENO) {
		fcntl(end, F_SETFL, O_NONBLOCK);
		add_relay(f, f->user[0], end, true);
	} else {
		add_relay(f, end, f->user[stream], false);
	}
}

void foreground_tty(struct foreground *f)
{
	make_raw(f);
	copy_size(f);
}

void foreground_pty(struct foreground *f, int master)
{
	f->pty = master;
	fcntl(master, F_SETFL, O_NONBLOCK);
	add_relay(f, master, f->user[1], false);
	if (f->with_stdin)
		add_relay(f, f->user[0], master, false);
	foreground_tty(f);
}

static void forward_signal(struct foreground *f)
{
	struct signalfd_siginfo info;

	if (read(f->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH)
		copy_size(f);
	else if (f->no_proxy)
		f->ended_by = (int)info.ssi_signo;
	else if (f->process >= 0)
		syscall(SYS_pidfd_send_signal, f->process, (int)info.ssi_signo, NULL, 0);
}

/* nohup(1), or a shell's background: who started this wants the program to be left alone, too. */
static bool is_ignored(int sig)
{
	struct sigaction now;

	return sigaction(sig, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

/* Everything a caller may send; not what is about this process itself (SIGCHLD, SIGTSTP...). */
int foreground_catch(struct foreground *f, struct sd_err *e)
{
	static const int forwarded[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM,
		SIGWINCH, SIGCONT, SIGIO, SIGPWR, SIGURG, SIGVTALRM, SIGPROF};
	static const int ending[] = {SIGWINCH, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
	const int *caught = f->no_proxy ? ending : forwarded;
	size_t n = f->no_proxy ? sizeof(ending) : sizeof(forwarded);
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < n / sizeof(*caught); i++)
		if (!is_ignored(caught[i]))
			sigaddset(&mask, caught[i]);
	for (int i = SIGRTMIN; i <= SIGRTMAX && !f->no_proxy; i++)
		sigaddset(&mask, i);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	f->signals = signalfd(-1, &mask, SFD_CLOEXEC);
	return f->signals < 0 ? sd_fail(e, errno, "signalfd") : 0;
}

static bool is_output(const struct foreground *f, const struct relay *r)
{
	return r->from != f->user[0];
}

/* Bytes that were read and wait for a slow reader of ours: they are never given up. */
static bool write_pending(const struct foreground *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (is_output(f, &f->relays[i]) && f->relays[i].off < f->relays[i].len)
			return true;
	return false;
}

static bool output_pending(const struct foreground *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (is_output(f, &f->relays[i]) && !relay_done(&f->relays[i]))
			return true;
	return false;
}

/* The output cannot be written (a full disk): then none of it is read any more. */
static void leave_output(struct foreground *f, int errnum)
{
	f->unwritten = errnum;
	for (size_t i = 0; i < f->n; i++)
		if (is_output(f, &f->relays[i]))
			f->relays[i].from = -1;
}

/*
 * A terminal in raw mode has no end of file but its hang-up.  The SIGHUP for that goes to the
 * leader of its session alone (tty_signal_session_leader in Linux), which we seldom are.
 */
static bool hung_up(const struct foreground *f, const struct relay *r, int from)
{
	return from >= 0 && r->from < 0 && from == f->terminal && !r->unwritten;
}

static void step(struct foreground *f, struct relay *r, short revents)
{
	int from = r->from;
	bool output = from >= 0 && is_output(f, r);

	relay_step(r, revents);
	if (output && r->unwritten)
		leave_output(f, r->unwritten);
	if (f->no_proxy && hung_up(f, r, from))
		f->ended_by = SIGHUP;
}

bool foreground_turn(struct foreground *f, struct pollfd *others, size_t n, int timeout)
{
	sd_auto_free struct pollfd *p = sd_calloc(f->n + n + 1, sizeof(*p));
	size_t relays = f->n;

	for (size_t i = 0; i < relays; i++)
		relay_poll(&f->relays[i], &p[i]);
	p[relays] = (struct pollfd){.fd = f->signals, .events = POLLIN};
	for (size_t i = 0; i < n; i++) {
		others[i].revents = 0;
		p[relays + 1 + i] = others[i];
	}
	if (poll(p, relays + n + 1, timeout) <= 0)
		return false;
	for (size_t i = 0; i < n; i++)
		others[i].revents = p[relays + 1 + i].revents;
	for (size_t i = 0; i < relays; i++)
		step(f, &f->relays[i], p[i].revents);
	if (p[relays].revents)
		forward_signal(f);
	return true;
}

void foreground_drain(struct foreground *f)
{
	while (output_pending(f) && foreground_turn(f, NULL, 0, write_pending(f) ? -1 : 50))
		;
}
