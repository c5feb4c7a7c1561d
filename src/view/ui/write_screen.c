/* write_screen: key w: the screen as text into a file whose name is asked. Opened by the app; also
 * what tests and transcripts are made of. As root it writes nothing in place of a file that is there,
 * and follows no link. */
#include "core.h"
#include "doors.h"
#include "widgets/prompt.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

/* The cells of the screen as lines, blanks at their ends cut. */
static void screen_text(struct text *text)
{
    int row_before = 0, column_before = 0;
    getyx(stdscr, row_before, column_before);
    for (int row = 0; row < LINES; row++) {
        wchar_t line[1024];
        char bytes[4096];
        if (mvinnwstr(row, 0, line, (int)array_length(line) - 1) == ERR)
            continue;
        size_t length = wcslen(line);
        while (length > 0 && line[length - 1] == L' ')
            line[--length] = L'\0';
        size_t count = wcstombs(bytes, line, sizeof(bytes) - 1);
        text_add_bytes(text, bytes, count == (size_t)-1 ? 0 : count);
        text_add(text, "\n");
    }
    move(row_before, column_before);
}

/* A file that root makes for the one who called sudo is his. */
static void give_to_caller(int fd)
{
    int64_t uid = 0, gid = 0;
    const char *uid_text = getenv("SUDO_UID"), *gid_text = getenv("SUDO_GID");
    if (geteuid() != 0 || uid_text == NULL || gid_text == NULL)
        return;
    if (number_parse(uid_text, 0, UINT32_MAX - 1, &uid) &&
        number_parse(gid_text, 0, UINT32_MAX - 1, &gid) && fchown(fd, (uid_t)uid, (gid_t)gid) == -1)
        return;
}

static void name_given(struct app *app, void *data, const char *path, bool kept)
{
    struct text *screen = data;
    struct err err = {0};
    if (kept && *path != '\0') {
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd == -1) {
            app_error(app, "cannot write the screen to %s: %s%s", path, strerror(errno),
                      errno == EEXIST ? " (choose another name)" : "");
        } else {
            give_to_caller(fd);
            if (fd_write_all(fd, screen->data, screen->length, &err) == -1)
                app_error(app, "%s", err.text);
            else
                app_result(app, "the screen is in %s", path);
            close(fd);
        }
    }
    text_free(screen);
    free(screen);
}

void write_screen_open(struct app *app, const struct thing *thing)
{
    (void)thing;
    struct text *screen = xcalloc(1, sizeof(*screen));
    char name[64];
    struct tm parts;
    time_t now = time(NULL);
    screen_text(screen);
    localtime_r(&now, &parts);
    strftime(name, sizeof(name), "nstui-%H%M%S.txt", &parts);
    prompt_open(app, &(struct prompt){.label = "Write the screen to",
                                      .text = name,
                                      .hint = "`Enter` write it  `Esc` leave",
                                      .done = name_given,
                                      .data = screen});
}
