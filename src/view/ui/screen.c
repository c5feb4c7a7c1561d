/* screen: takes the terminal over and gives it back, also from the handler of a crash. Called by the
 * loop. What a crash handler does here is async-signal-safe: bytes and settings are prepared while
 * all is well (signal-safety(7)). */
#include "screen.h"

#include "draw.h"
#include "widgets/paste.h"

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

/* Milliseconds that curses waits for the rest of an escape sequence after Esc. */
#define ESCAPE_DELAY_MS 25

static struct termios found; /* the terminal as it was */
static SCREEN *curses;
static char reset_bytes[512];
static size_t reset_length;
static volatile sig_atomic_t taken; /* it is ours at the moment */

static const int crashes[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT};
static struct sigaction crash_before[array_length(crashes)];

/* ---- the crash handler ----------------------------------------------------------------- */

static void on_crash(int signal_number)
{
    if (taken) {
        taken = 0;
        ssize_t ignored = write(STDOUT_FILENO, reset_bytes, reset_length);
        (void)ignored;
        tcsetattr(STDIN_FILENO, TCSANOW, &found);
    }
    for (size_t i = 0; i < array_length(crashes); i++)
        if (crashes[i] == signal_number)
            sigaction(signal_number, &crash_before[i], NULL);
    raise(signal_number); /* delivered when this handler returns: core dump and status as usual */
}

static void crash_handlers_install(void)
{
    struct sigaction action = {.sa_handler = on_crash};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < array_length(crashes); i++)
        sigaction(crashes[i], &action, &crash_before[i]);
}

static void crash_handlers_remove(void)
{
    for (size_t i = 0; i < array_length(crashes); i++)
        sigaction(crashes[i], &crash_before[i], NULL);
}

static int keep_byte(int byte)
{
    if (reset_length < sizeof(reset_bytes))
        reset_bytes[reset_length++] = (char)byte;
    return byte;
}

/* Pastes unmarked (widgets/paste.c), keypad off, plain letters, cursor shown, main screen: whatever of it the terminal has. */
static void reset_bytes_prepare(void)
{
    static const char *const names[] = {"BD", "rmkx", "op", "sgr0", "rmcup", "cnorm"};
    reset_length = 0;
    for (size_t i = 0; i < array_length(names); i++) {
        const char *bytes = tigetstr(names[i]);
        if (bytes != NULL && bytes != (const char *)-1)
            tputs(bytes, 1, keep_byte);
    }
    keep_byte('\r');
    keep_byte('\n');
}

/* ---- open, close ----------------------------------------------------------------------- */

static int check_terminal(struct err *err)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return err_set(err, 0,
                       "the dashboard needs a terminal, and %s is none (nstui ls prints the list "
                       "without one)",
                       isatty(STDOUT_FILENO) ? "standard input" : "standard output");
    const char *term = getenv("TERM");
    if (term == NULL || *term == '\0')
        return err_set(err, 0,
                       "cannot draw on this terminal: TERM is not set (try: TERM=xterm-256color "
                       "nstui)");
    char shown[64];
    text_printable(shown, sizeof(shown), term, strlen(term), false);
    int why = 0;
    if (setupterm(NULL, STDOUT_FILENO, &why) == ERR && why != 1)
        return err_set(err, 0,
                       "cannot draw on this terminal: nothing is known of TERM=%s here (try: "
                       "TERM=xterm-256color nstui)",
                       shown);
    const char *move = why == 1 && cur_term != NULL ? tigetstr("cup") : NULL;
    if (move == NULL || move == (const char *)-1)
        return err_set(err, 0,
                       "cannot draw on this terminal: TERM=%s has no way to move the cursor (nstui "
                       "ls prints the list without it)",
                       shown);
    return 0;
}

static void curses_modes(void)
{
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    intrflush(stdscr, FALSE);
    typeahead(-1); /* an update is never left half-way because a key waits */
    set_escdelay(ESCAPE_DELAY_MS);
    curs_set(0);
}

int screen_open(struct err *err)
{
    setlocale(LC_ALL, "");
    if (check_terminal(err) == -1)
        return -1;
    if (tcgetattr(STDIN_FILENO, &found) == -1)
        return err_set(err, 0, "cannot read the settings of the terminal");
    del_curterm(cur_term);
    use_tioctl(TRUE);
    curses = newterm(NULL, stdout, stdin);
    if (curses == NULL)
        return err_set(err, 0, "cannot draw on this terminal");
    taken = 1;
    reset_bytes_prepare();
    crash_handlers_install();
    curses_modes();
    const char *no_colour = getenv("NO_COLOR");
    draw_begin(no_colour == NULL || *no_colour == '\0', strcmp(nl_langinfo(CODESET), "UTF-8") == 0);
    return 0;
}

/* Some terminals count the cursor's visibility among what rmcup brings back, and so hide it again: it
 * is shown last. */
static void leave_curses(void)
{
    curs_set(1);
    endwin();
    const char *bytes = tigetstr("cnorm");
    if (bytes != NULL && bytes != (const char *)-1)
        putp(bytes);
    paste_marks(false);
    fflush(stdout);
}

void screen_close(void)
{
    if (curses == NULL)
        return;
    if (taken)
        leave_curses();
    taken = 0;
    crash_handlers_remove();
    delscreen(curses);
    curses = NULL;
    tcsetattr(STDIN_FILENO, TCSANOW, &found);
}

void screen_pause(void)
{
    leave_curses();
    taken = 0;
}

void screen_resume(void)
{
    taken = 1;
    reset_prog_mode();
    screen_resize();
    curs_set(0);
    screen_redraw_all();
}

void screen_resize(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
}

void screen_redraw_all(void)
{
    clearok(curscr, TRUE);
}

bool screen_is_gone(void)
{
    struct pollfd terminal = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&terminal, 1, 0) > 0 && (terminal.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

bool screen_has_fkeys(void)
{
    const char *f1 = tigetstr("kf1");
    return f1 != NULL && f1 != (const char *)-1;
}
