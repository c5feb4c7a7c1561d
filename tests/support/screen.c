/* support: a program on a pty, read in the background, drawn by libvterm, which is nobody's of ours
 * and so an independent judge. Never feed it a hostile program: version 0.1.4 can be made to jump.
 */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <vterm.h>

#define SCREENS_MAX   8
#define COLUMNS_LIMIT 512
#define ROWS_LIMIT    256
#define ROW_TEXTS     300

#define SETTLE_QUIET_MS 60
#define SETTLE_LIMIT_MS 3000

struct screen {
    pid_t pid;
    int master;
    int slave; /* kept open, so that the modes can be asked for after the end */
    char term[64];
    int rows, columns;
    struct termios modes_before;
    VTerm *vterm;
    VTermScreen *vterm_screen;
    bool cursor_visible, alternate;
    int mouse;
    char *output;
    size_t output_length, output_capacity;
    bool ended;
    int status;
    char *row_texts[ROW_TEXTS];
};

static struct screen *screens[SCREENS_MAX];

/* ---- libvterm's word about the terminal --------------------------------------------------- */

static int on_property(VTermProp property, VTermValue *value, void *user)
{
    struct screen *screen = user;
    if (property == VTERM_PROP_CURSORVISIBLE)
        screen->cursor_visible = value->boolean;
    if (property == VTERM_PROP_ALTSCREEN)
        screen->alternate = value->boolean;
    if (property == VTERM_PROP_MOUSE)
        screen->mouse = value->number;
    return 1;
}

/* The answers of a terminal (where is the cursor, what are you) go to the program. */
static void on_answer(const char *bytes, size_t length, void *user)
{
    struct screen *screen = user;
    ssize_t put = write(screen->master, bytes, length);
    (void)put; /* a program that does not read them does not want them */
}

static const VTermScreenCallbacks screen_callbacks = {.settermprop = on_property};

static void vterm_make(struct screen *screen)
{
    screen->vterm = vterm_new(screen->rows, screen->columns);
    vterm_set_utf8(screen->vterm, 1);
    vterm_output_set_callback(screen->vterm, on_answer, screen);
    screen->vterm_screen = vterm_obtain_screen(screen->vterm);
    vterm_screen_enable_altscreen(screen->vterm_screen, 1);
    vterm_screen_set_callbacks(screen->vterm_screen, &screen_callbacks, screen);
    vterm_screen_reset(screen->vterm_screen, 1);
    screen->cursor_visible = true;
}

/* ---- starting ---------------------------------------------------------------------------- */

static void set_size(struct screen *screen, int rows, int columns)
{
    assert_true(rows > 0 && rows <= ROWS_LIMIT && columns > 0 && columns <= COLUMNS_LIMIT);
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    screen->rows = rows;
    screen->columns = columns;
    if (ioctl(screen->master, TIOCSWINSZ, &size) == -1)
        fail_msg("TIOCSWINSZ: %s", strerror(errno));
}

static void open_pty(struct screen *screen, uid_t uid)
{
    screen->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    char name[128];
    if (screen->master == -1 || grantpt(screen->master) == -1 || unlockpt(screen->master) == -1 ||
        ptsname_r(screen->master, name, sizeof(name)) != 0)
        fail_msg("cannot open a pty: %s", strerror(errno));
    screen->slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (screen->slave == -1 || tcgetattr(screen->slave, &screen->modes_before) == -1)
        fail_msg("cannot open %s: %s", name, strerror(errno));
    if (uid != 0)
        (void)fchown(screen->slave, uid, uid);
}

static _Noreturn void screen_child(const struct screen *screen,
                                   const struct screen_options *options)
{
    static const char *const dashboard[] = {"nstui", NULL};
    const char *env[64] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                           "HOME=/root"};
    size_t count = 2;
    env[count++] = test_path("TERM=%s", screen->term);
    const char *lang = options->lang != NULL ? options->lang : "C.UTF-8";
    if (lang[0] != '\0')
        env[count++] = test_path("LANG=%s", lang);
    for (size_t i = 0; options->env != NULL && options->env[i] != NULL && count < 63; i++)
        env[count++] = options->env[i];
    env[count] = NULL;
    (void)setsid();
    if (ioctl(screen->slave, TIOCSCTTY, 0) == -1 || dup2(screen->slave, 0) == -1 ||
        dup2(screen->slave, 1) == -1 || dup2(screen->slave, 2) == -1)
        _exit(123);
    harness_exec(options->argv != NULL ? options->argv : dashboard, env, true, options->cwd,
                 options->uid);
}

struct screen *screen_start(const struct screen_options *options)
{
    size_t slot = 0;
    while (slot < SCREENS_MAX && screens[slot] != NULL)
        slot++;
    assert_true(slot < SCREENS_MAX);
    struct screen *screen = calloc(1, sizeof(*screen));
    if (screen == NULL)
        abort();
    (void)snprintf(screen->term, sizeof(screen->term), "%s",
                   options->term != NULL ? options->term : "xterm-256color");
    open_pty(screen, options->uid);
    set_size(screen, options->rows != 0 ? options->rows : 24,
             options->columns != 0 ? options->columns : 80);
    vterm_make(screen);
    screen->pid = fork();
    if (screen->pid == -1)
        fail_msg("fork: %s", strerror(errno));
    if (screen->pid == 0)
        screen_child(screen, options);
    processes_keep(screen->pid);
    screens[slot] = screen;
    return screen;
}

pid_t screen_pid(const struct screen *screen)
{
    return screen->pid;
}

/* ---- reading ----------------------------------------------------------------------------- */

static void output_add(struct screen *screen, const char *bytes, size_t length)
{
    if (screen->output_length + length + 1 > screen->output_capacity) {
        screen->output_capacity = 2 * (screen->output_length + length + 4096);
        screen->output = realloc(screen->output, screen->output_capacity);
        if (screen->output == NULL)
            abort();
    }
    memcpy(screen->output + screen->output_length, bytes, length);
    screen->output_length += length;
    screen->output[screen->output_length] = '\0';
}

void screen_pump(struct screen *screen)
{
    char buffer[65536];
    for (int round = 0; round < 64; round++) {
        ssize_t got = read(screen->master, buffer, sizeof(buffer));
        if (got <= 0)
            break;
        output_add(screen, buffer, (size_t)got);
        (void)vterm_input_write(screen->vterm, buffer, (size_t)got);
    }
    int status;
    if (!screen->ended && waitpid(screen->pid, &status, WNOHANG) == screen->pid) {
        screen->ended = true;
        screen->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        processes_forget(screen->pid);
        screen_pump(screen); /* what it wrote last */
    }
}

size_t screens_poll_fill(struct pollfd *fds, size_t size)
{
    size_t count = 0;
    for (size_t i = 0; i < SCREENS_MAX && count < size; i++)
        if (screens[i] != NULL && !screens[i]->ended)
            fds[count++] = (struct pollfd){.fd = screens[i]->master, .events = POLLIN};
    return count;
}

void screens_pump(void)
{
    for (size_t i = 0; i < SCREENS_MAX; i++)
        if (screens[i] != NULL)
            screen_pump(screens[i]);
}

const char *screen_output(struct screen *screen, size_t *length)
{
    screen_pump(screen);
    if (length != NULL)
        *length = screen->output_length;
    return screen->output != NULL ? screen->output : "";
}

void screen_output_forget(struct screen *screen)
{
    screen_pump(screen);
    screen->output_length = 0;
    if (screen->output != NULL)
        screen->output[0] = '\0';
}

/* ---- typing ------------------------------------------------------------------------------ */

void screen_type(struct screen *screen, const char *bytes)
{
    size_t left = strlen(bytes);
    int64_t until = harness_now_ms() + WAIT_MS;
    while (left > 0) {
        ssize_t put = write(screen->master, bytes, left);
        if (put > 0) {
            bytes += put;
            left -= (size_t)put;
        } else if (errno != EAGAIN && errno != EINTR) {
            fail_msg("cannot type: %s", strerror(errno));
        } else if (harness_now_ms() > until) {
            screen_dump(screen);
            fail_msg("the program does not read its keys");
        }
        harness_poll(NULL, 0, 0);
    }
}

bool screen_has_key(const struct screen *screen, enum screen_key key)
{
    return screen_key_sequence(screen->term, key) != NULL;
}

void screen_key(struct screen *screen, enum screen_key key)
{
    const char *sequence = screen_key_sequence(screen->term, key);
    if (sequence == NULL)
        fail_msg("TERM=%s has no key number %d", screen->term, (int)key);
    screen_type(screen, sequence);
}

void screen_resize(struct screen *screen, int rows, int columns)
{
    screen_pump(screen);
    vterm_set_size(screen->vterm, rows, columns);
    set_size(screen, rows, columns);
}

/* ---- looking ----------------------------------------------------------------------------- */

int screen_rows(const struct screen *screen)
{
    return screen->rows;
}

int screen_columns(const struct screen *screen)
{
    return screen->columns;
}

static size_t put_utf8(char *text, uint32_t code)
{
    if (code < 0x80) {
        text[0] = (char)code;
        return 1;
    }
    size_t more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
    for (size_t i = more; i > 0; i--) {
        text[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    text[0] = (char)(first[more] | code);
    return more + 1;
}

static int color_value(const VTermColor *color, bool foreground)
{
    if (foreground ? VTERM_COLOR_IS_DEFAULT_FG(color) : VTERM_COLOR_IS_DEFAULT_BG(color))
        return SCREEN_DEFAULT_COLOR;
    if (VTERM_COLOR_IS_INDEXED(color))
        return color->indexed.idx;
    return 0x1000000 | color->rgb.red << 16 | color->rgb.green << 8 | color->rgb.blue;
}

struct screen_cell screen_cell(struct screen *screen, int row, int column)
{
    struct screen_cell cell = {.text = " ", .width = 1};
    VTermScreenCell seen;
    VTermPos place = {.row = row, .col = column};
    if (vterm_screen_get_cell(screen->vterm_screen, place, &seen) == 0)
        return cell;
    if (seen.chars[0] == (uint32_t)-1) { /* the right half of a wide character */
        cell.text[0] = '\0';
        cell.width = 0;
    } else if (seen.chars[0] != 0) {
        size_t length = 0;
        for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && seen.chars[i] != 0; i++)
            length += put_utf8(cell.text + length, seen.chars[i]);
        cell.text[length] = '\0';
        cell.width = seen.width;
    }
    cell.bold = seen.attrs.bold;
    cell.reverse = seen.attrs.reverse;
    cell.underline = seen.attrs.underline != 0;
    cell.italic = seen.attrs.italic;
    cell.blink = seen.attrs.blink;
    cell.foreground = color_value(&seen.fg, true);
    cell.background = color_value(&seen.bg, false);
    return cell;
}

const char *screen_row(struct screen *screen, int row)
{
    assert_in_range(row, 0, ROWS_LIMIT - 1);
    char *text = realloc(screen->row_texts[row], (size_t)screen->columns * 32 + 1);
    if (text == NULL)
        abort();
    screen->row_texts[row] = text;
    size_t length = 0, used = 0;
    for (int column = 0; row < screen->rows && column < screen->columns; column++) {
        struct screen_cell cell = screen_cell(screen, row, column);
        size_t size = strlen(cell.text);
        memcpy(text + length, cell.text, size);
        length += size;
        if (strcmp(cell.text, " ") != 0)
            used = length;
    }
    text[used] = '\0';
    return text;
}

int screen_find_row(struct screen *screen, const char *text, int from)
{
    for (int row = from; row < screen->rows; row++)
        if (strstr(screen_row(screen, row), text) != NULL)
            return row;
    return -1;
}

bool screen_find(struct screen *screen, const char *text, int *row, int *column)
{
    *row = screen_find_row(screen, text, 0);
    if (*row == -1)
        return false;
    const char *line = screen_row(screen, *row);
    ptrdiff_t offset = strstr(line, text) - line;
    *column = 0;
    for (ptrdiff_t bytes = 0; bytes < offset; (*column)++)
        bytes += (ptrdiff_t)strlen(screen_cell(screen, *row, *column).text);
    return true;
}

void screen_cursor(struct screen *screen, int *row, int *column, bool *visible)
{
    VTermPos place;
    vterm_state_get_cursorpos(vterm_obtain_state(screen->vterm), &place);
    if (row != NULL)
        *row = place.row;
    if (column != NULL)
        *column = place.col;
    if (visible != NULL)
        *visible = screen->cursor_visible;
}

void screen_dump(struct screen *screen)
{
    screen_pump(screen);
    print_error("---- screen %dx%d, TERM=%s, ", screen->columns, screen->rows, screen->term);
    if (screen->ended)
        print_error("the program ended with status %d ----\n", screen->status);
    else
        print_error("process %d ----\n", (int)screen->pid);
    for (int row = 0; row < screen->rows; row++)
        print_error("%3d|%s\n", row + 1, screen_row(screen, row));
    print_error("----\n");
}

/* ---- waiting, asserting ------------------------------------------------------------------- */

static _Noreturn void fail_with_screen(struct screen *screen, const char *file, int line,
                                       const char *what, const char *detail)
{
    print_error("%s:%d: %s%s\n", file, line, what, detail);
    screen_dump(screen);
    harness_fail(file, line);
}

void screen_wait_text_at(struct screen *screen, const char *text, int timeout_ms, bool there,
                         const char *file, int line)
{
    int64_t until = harness_now_ms() + timeout_ms;
    for (;;) {
        bool late = harness_now_ms() >= until || screen->ended;
        harness_poll(NULL, 0, late ? 0 : 20);
        if ((screen_find_row(screen, text, 0) != -1) == there)
            return;
        if (late)
            fail_with_screen(screen, file, line,
                             there ? "not on the screen: " : "still on the screen: ", text);
    }
}

void screen_wait_at(struct screen *screen, bool (*condition)(struct screen *screen, void *data),
                    void *data, const char *name, const char *file, int line)
{
    int64_t until = harness_now_ms() + WAIT_MS;
    for (;;) {
        bool late = harness_now_ms() >= until || screen->ended;
        harness_poll(NULL, 0, late ? 0 : 20);
        if (condition(screen, data))
            return;
        if (late)
            fail_with_screen(screen, file, line, "did not become true: ", name);
    }
}

/* A frame reaches us in several pieces, and half of one is no screen to act on. */
void screen_settle(struct screen *screen)
{
    int64_t until = harness_now_ms() + SETTLE_LIMIT_MS;
    size_t before = screen->output_length;
    int64_t quiet_since = harness_now_ms();
    while (harness_now_ms() < until && harness_now_ms() - quiet_since < SETTLE_QUIET_MS) {
        harness_poll(NULL, 0, SETTLE_QUIET_MS / 4);
        if (screen->output_length != before) {
            before = screen->output_length;
            quiet_since = harness_now_ms();
        }
    }
}

void screen_assert_at(struct screen *screen, bool truth, const char *what, const char *file,
                      int line)
{
    if (!truth)
        fail_with_screen(screen, file, line, "not true: ", what);
}

static bool has_ended(void *data)
{
    return ((struct screen *)data)->ended;
}

int screen_wait_end_at(struct screen *screen, const char *file, int line)
{
    if (!wait_until(has_ended, screen, WAIT_MS))
        fail_with_screen(screen, file, line, "the program has not ended", "");
    return screen->status;
}

void screen_assert_restored_at(struct screen *screen, const char *file, int line)
{
    struct termios now;
    if (!screen->ended)
        fail_with_screen(screen, file, line, "the program has not ended", "");
    if (tcgetattr(screen->slave, &now) == -1 || now.c_iflag != screen->modes_before.c_iflag ||
        now.c_oflag != screen->modes_before.c_oflag ||
        now.c_lflag != screen->modes_before.c_lflag || now.c_cflag != screen->modes_before.c_cflag)
        fail_with_screen(screen, file, line, "the modes of the terminal are not as before", "");
    if (memcmp(now.c_cc, screen->modes_before.c_cc, sizeof(now.c_cc)) != 0)
        fail_with_screen(screen, file, line, "the special characters are not as before", "");
    if (!screen->cursor_visible)
        fail_with_screen(screen, file, line, "the cursor is invisible", "");
    if (screen->alternate)
        fail_with_screen(screen, file, line, "the alternate screen is still shown", "");
    if (screen->mouse != VTERM_PROP_MOUSE_NONE)
        fail_with_screen(screen, file, line, "the mouse is still reported", "");
}

/* ---- ending ------------------------------------------------------------------------------ */

static void screen_free(struct screen *screen)
{
    for (size_t i = 0; i < SCREENS_MAX; i++)
        if (screens[i] == screen)
            screens[i] = NULL;
    if (!screen->ended)
        process_end(screen->pid); /* its session leader, and so its group */
    if (screen->master != -1)
        (void)close(screen->master);
    (void)close(screen->slave);
    for (size_t i = 0; i < ROW_TEXTS; i++)
        free(screen->row_texts[i]);
    free(screen->output);
    vterm_free(screen->vterm);
    free(screen);
}

void harness_end_screens(void)
{
    for (size_t i = 0; i < SCREENS_MAX; i++)
        if (screens[i] != NULL)
            screen_free(screens[i]);
}

void screen_quit_at(struct screen *screen, const char *file, int line)
{
    screen_type(screen, "Q");
    if (screen_wait_end_at(screen, file, line) != 0)
        fail_with_screen(screen, file, line, "it did not end with status 0", "");
    screen_assert_restored_at(screen, file, line);
    screen_free(screen);
}

void screen_end_at(struct screen *screen, const char *file, int line)
{
    screen_pump(screen);
    if (!screen->ended)
        (void)kill(screen->pid, SIGTERM);
    (void)screen_wait_end_at(screen, file, line);
    screen_assert_restored_at(screen, file, line);
    screen_free(screen);
}

void screen_hang_up_at(struct screen *screen, const char *file, int line)
{
    screen_pump(screen);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    /* The slave of ours goes first: then the last master is the line, and its end is the SIGHUP. */
    (void)dup3(null, screen->slave, O_CLOEXEC);
    (void)dup3(null, screen->master, O_CLOEXEC);
    (void)close(null);
    (void)screen_wait_end_at(screen, file, line);
    screen_free(screen);
}
