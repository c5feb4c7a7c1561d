/* Stands between the child's bytes and libtsm, for what libtsm 4.0.2 takes for something else: it
 * reads `CSI > 4 ; 2 m` (xterm's key options, sent by vi) as underline, `CSI ? 12 $ p` (a question)
 * as a reset that leaves the alternate screen, knows no REP, and reads past an array in long SGRs.
 * It also keeps the modes that libtsm has but does not tell, and counts bells.
 *
 * terminal.c calls it. It never changes text, and what it does not know of a sequence without a
 * private sign it lets through. */
#include "term.h"

#include <stdio.h>
#include <string.h>

#define PARAMETERS_MAX 15 /* libtsm has room for 16 and looks one further */

#define ESC '\x1b'

/* A CSI sequence taken apart; the pointers go into vet->sequence. */
struct csi {
    char prefix;       /* one of < = > ?, or 0 */
    char intermediate; /* the last of ' '..'/', or 0 */
    char final;
    const char *parameters;
    size_t parameters_length;
};

void vet_start(struct vet *vet, const struct vet_sink *sink, unsigned int columns)
{
    *vet = (struct vet){.sink = *sink, .columns = columns};
}

static void vet_emit(struct vet *vet, const char *bytes, size_t length)
{
    if (length)
        vet->sink.text(vet->sink.data, bytes, length);
}

static void vet_emit_string(struct vet *vet, const char *string)
{
    vet_emit(vet, string, strlen(string));
}

/* ---- modes ----------------------------------------------------------------------------- */

static const struct {
    char prefix;
    int number;
    uint32_t mode;
} modes[] = {
    {'?', 1, GRID_MODE_APPLICATION_CURSOR}, {'?', 66, GRID_MODE_APPLICATION_KEYPAD},
    {'?', 2004, GRID_MODE_BRACKETED_PASTE}, {'?', 9, GRID_MODE_MOUSE_CLICK},
    {'?', 1000, GRID_MODE_MOUSE_CLICK},     {'?', 1002, GRID_MODE_MOUSE_DRAG},
    {'?', 1003, GRID_MODE_MOUSE_MOTION},    {'?', 1006, GRID_MODE_MOUSE_SGR},
    {'?', 1004, GRID_MODE_FOCUS},           {0, 20, GRID_MODE_NEWLINE},
};

static void vet_mode(struct vet *vet, char prefix, int number, bool set)
{
    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (modes[i].prefix != prefix || modes[i].number != number)
            continue;
        if (set)
            vet->modes |= modes[i].mode;
        else
            vet->modes &= ~modes[i].mode;
    }
}

/* ---- parameters ------------------------------------------------------------------------ */

/* The next number of a list like "12;;4": -1 where it is empty. False at the end. */
static bool next_parameter(const char **at, const char *end, int *number)
{
    if (*at > end)
        return false;
    *number = -1;
    for (; *at < end && **at != ';' && **at != ':'; (*at)++)
        if (**at >= '0' && **at <= '9' && *number < 100000)
            *number = (*number < 0 ? 0 : *number * 10) + (**at - '0');
    (*at)++; /* past the separator, or past the end */
    return true;
}

static int first_parameter(const struct csi *csi, int otherwise)
{
    const char *at = csi->parameters;
    int number = -1;
    (void)next_parameter(&at, csi->parameters + csi->parameters_length, &number);
    return number > 0 ? number : otherwise;
}

/* ---- what becomes of a sequence -------------------------------------------------------- */

static void act_pass(struct vet *vet, const struct csi *csi)
{
    (void)csi;
    vet_emit(vet, vet->sequence, vet->length);
}

static void act_modes(struct vet *vet, const struct csi *csi)
{
    const char *at = csi->parameters;
    int number;
    while (next_parameter(&at, csi->parameters + csi->parameters_length, &number))
        vet_mode(vet, csi->prefix, number, csi->final == 'h');
    act_pass(vet, csi);
}

/* The groups of an SGR that use colons, as `38:2::r:g:b` and `4:3`, with semicolons instead. */
static size_t sgr_colons(const int *group, size_t count, int *numbers)
{
    if ((group[0] == 38 || group[0] == 48) && group[1] == 2 && count >= 5) {
        const int *rgb = group + (count >= 6 ? 3 : 2);
        numbers[0] = group[0];
        numbers[1] = 2;
        memcpy(numbers + 2, rgb, 3 * sizeof(*rgb));
        return 5;
    }
    if ((group[0] == 38 || group[0] == 48) && group[1] == 5 && count >= 3) {
        memcpy(numbers, group, 3 * sizeof(*group));
        return 3;
    }
    if (group[0] == 4) { /* kinds of underline; 4:0 is none */
        numbers[0] = group[1] == 0 ? 24 : 4;
        return 1;
    }
    return 0;
}

static void sgr_emit(struct vet *vet, const int *numbers, size_t count)
{
    char text[PARAMETERS_MAX * 8 + 4];
    size_t length = (size_t)snprintf(text, sizeof(text), "\x1b[");
    for (size_t i = 0; i < count; i++) {
        const char *separator = i ? ";" : "";
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%d", separator,
                                   numbers[i] < 0 ? 0 : numbers[i] % 100000);
    }
    text[length++] = 'm';
    vet_emit(vet, text, length);
}

/* SGR goes out again with semicolons only and in pieces that libtsm has room for. */
static void act_sgr(struct vet *vet, const struct csi *csi)
{
    const char *at = csi->parameters, *end = at + csi->parameters_length;
    int numbers[PARAMETERS_MAX], group[8], converted[5], number;
    size_t count = 0;
    while (at <= end) {
        size_t parts = 0, taken = 1;
        bool more = true;
        for (; more && next_parameter(&at, end, &number);) {
            more = at <= end && at[-1] == ':';
            if (parts < 8)
                group[parts++] = number;
        }
        converted[0] = group[0];
        if (parts > 1)
            taken = sgr_colons(group, parts, converted);
        /* A colour's words must stay together, so a piece ends well before it is full. */
        bool starts = converted[0] == 38 || converted[0] == 48;
        if (count + taken > PARAMETERS_MAX || (starts && count + 5 > PARAMETERS_MAX)) {
            sgr_emit(vet, numbers, count);
            count = 0;
        }
        memcpy(numbers + count, converted, taken * sizeof(*converted));
        count += taken;
    }
    if (count)
        sgr_emit(vet, numbers, count);
}

/* REP repeats the character before it, which libtsm does not know and ncurses uses. */
static void act_repeat(struct vet *vet, const struct csi *csi)
{
    char text[512];
    size_t size = vet->tail_length;
    if (!size)
        return;
    size_t times = (size_t)first_parameter(csi, 1);
    if (times > vet->columns)
        times = vet->columns;
    size_t used = 0;
    for (; times; times--) {
        if (used + size > sizeof(text)) {
            vet_emit(vet, text, used);
            used = 0;
        }
        memcpy(text + used, vet->tail, size);
        used += size;
    }
    vet_emit(vet, text, used);
}

static void act_line(struct vet *vet, const struct csi *csi) /* CNL, CPL: moves, and column 1 */
{
    char text[32];
    (void)snprintf(text, sizeof(text), "\x1b[%d%c\r", first_parameter(csi, 1),
                   csi->final == 'E' ? 'B' : 'A');
    vet_emit_string(vet, text);
}

static void act_column(struct vet *vet, const struct csi *csi) /* HPA is CHA */
{
    char text[32];
    (void)snprintf(text, sizeof(text), "\x1b[%dG", first_parameter(csi, 1));
    vet_emit_string(vet, text);
}

static void act_save(struct vet *vet, const struct csi *csi) /* SCOSC, SCORC are DECSC, DECRC */
{
    vet_emit_string(vet, csi->final == 's' ? "\x1b\x37" : "\x1b\x38");
}

static void act_erase(struct vet *vet, const struct csi *csi)
{
    if (first_parameter(csi, 0) == 3)
        vet->sink.forget(vet->sink.data);
    else
        act_pass(vet, csi);
}

static void act_reset(struct vet *vet, const struct csi *csi) /* DECSTR */
{
    vet->modes = 0;
    act_pass(vet, csi);
}

/* Sequences with a private sign or an intermediate one are let through only from this list. */
static const struct {
    char prefix, intermediate, final;
    void (*act)(struct vet *vet, const struct csi *csi);
} actions[] = {
    {0, 0, 'm', act_sgr},     {0, 0, 'b', act_repeat},  {0, 0, 'E', act_line},
    {0, 0, 'F', act_line},    {0, 0, '`', act_column},  {0, 0, 's', act_save},
    {0, 0, 'u', act_save},    {0, 0, 'J', act_erase},   {0, 0, 'h', act_modes},
    {0, 0, 'l', act_modes},   {0, 0, 'p', NULL},        {'?', 0, 'h', act_modes},
    {'?', 0, 'l', act_modes}, {'?', 0, 'J', act_pass},  {'?', 0, 'K', act_pass},
    {'>', 0, 'c', act_pass},  {0, '!', 'p', act_reset},
};

static void vet_csi(struct vet *vet)
{
    struct csi csi = {.final = vet->sequence[vet->length - 1]};
    const char *at = vet->sequence + 2, *end = vet->sequence + vet->length - 1;
    if (at < end && *at >= '<' && *at <= '?')
        csi.prefix = *at++;
    csi.parameters = at;
    while (at < end && *at >= '0' && *at <= ';')
        at++;
    csi.parameters_length = (size_t)(at - csi.parameters);
    for (; at < end; at++) {
        if (*at < ' ' || *at > '/')
            return; /* no such sequence */
        csi.intermediate = *at;
    }
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (actions[i].prefix != csi.prefix || actions[i].intermediate != csi.intermediate ||
            actions[i].final != csi.final)
            continue;
        if (actions[i].act)
            actions[i].act(vet, &csi);
        return;
    }
    if (!csi.prefix && !csi.intermediate)
        act_pass(vet, &csi);
}

/* ---- the bytes ------------------------------------------------------------------------- */

/* Keeps the last character of a run of text, if it is a printable one. */
static void vet_tail(struct vet *vet, const char *bytes, size_t length)
{
    size_t size = 0;
    vet->tail_length = 0;
    while (size < length && size < 3 && ((unsigned char)bytes[length - 1 - size] & 0xc0) == 0x80)
        size++;
    if (++size > length)
        return;
    unsigned char first = (unsigned char)bytes[length - size];
    bool whole = size == 1 ? first >= 0x20 && first < 0x7f : first >= 0xc2 && first < 0xf5;
    if (!whole)
        return;
    memcpy(vet->tail, bytes + length - size, size);
    vet->tail_length = size;
}

/* The next byte that vet must look at. */
static size_t ground_run(const char *bytes, size_t length)
{
    size_t i = 0;
    while (i < length && bytes[i] != ESC && bytes[i] != '\a' && bytes[i] != '\xc2')
        i++;
    return i;
}

static size_t vet_ground(struct vet *vet, const char *bytes, size_t length)
{
    size_t run = ground_run(bytes, length);
    if (run) {
        vet_emit(vet, bytes, run);
        vet_tail(vet, bytes, run);
        return run;
    }
    switch (bytes[0]) {
    case ESC:
        vet->state = VET_ESCAPE;
        break;
    case '\a':
        vet->bells++;
        break;
    default:
        vet->back = VET_GROUND;
        vet->state = VET_C2;
        break;
    }
    return 1;
}

/* A C1 control that comes as UTF-8 is nothing that a program of today sends: dropped. */
static size_t vet_c2(struct vet *vet, const char *bytes)
{
    unsigned char byte = (unsigned char)bytes[0];
    vet->state = vet->back;
    if (byte >= 0x80 && byte < 0xa0)
        return 1;
    if (byte >= 0xa0 && byte < 0xc0) {
        const char pair[2] = {'\xc2', bytes[0]};
        vet_emit(vet, pair, sizeof(pair));
        if (vet->back == VET_GROUND)
            vet_tail(vet, pair, sizeof(pair));
        return 1;
    }
    vet_emit(vet, "\xc2", 1); /* libtsm shows it as broken */
    return 0;
}

/* The sign behind ESC, where it says more than libtsm is asked to remember. */
static void vet_escape_sign(struct vet *vet, char sign)
{
    switch (sign) {
    case '=':
        vet->modes |= GRID_MODE_APPLICATION_KEYPAD;
        break;
    case '>':
        vet->modes &= ~(uint32_t)GRID_MODE_APPLICATION_KEYPAD;
        break;
    case 'c': /* RIS */
        vet->modes = 0;
        vet->sink.forget(vet->sink.data);
        break;
    default:
        break;
    }
}

static size_t vet_escape(struct vet *vet, const char *bytes)
{
    const char sign = bytes[0];
    if (sign == ESC)
        return 1;
    if ((unsigned char)sign < 0x20 && sign != 0x18 && sign != 0x1a) {
        vet_emit(vet, &sign, 1); /* a control works at once, the sequence goes on */
        return 1;
    }
    vet->state = VET_GROUND;
    if (sign == '[') {
        vet->state = VET_CSI;
        memcpy(vet->sequence, "\x1b[", 2);
        vet->length = 2;
        return 1;
    }
    if ((unsigned char)sign >= 0x80 || sign < 0x20)
        return sign >=
               0; /* no sequence: the character stands for itself, CAN and SUB for nothing */
    if (strchr("]P^_X", sign)) {
        vet->state = VET_STRING;
        vet->string_ends_bell = sign == ']';
    }
    const char pair[2] = {ESC, sign};
    vet_emit(vet, pair, sizeof(pair));
    vet_escape_sign(vet, sign);
    return 1;
}

static size_t vet_collect(struct vet *vet, const char *bytes)
{
    const char byte = bytes[0];
    if (byte == ESC || byte == 0x18 || byte == 0x1a) { /* CAN and SUB end it */
        vet->state = byte == ESC ? VET_ESCAPE : VET_GROUND;
        return 1;
    }
    if ((unsigned char)byte >= 0x80) {
        vet->state = VET_GROUND;
        return 0;
    }
    if ((unsigned char)byte < 0x20) { /* a control works at once, the sequence goes on */
        vet_emit(vet, &byte, 1);
        return 1;
    }
    if (byte == 0x7f)
        return 1;
    if (vet->length == sizeof(vet->sequence))
        vet->state = VET_CSI_IGNORE;
    else
        vet->sequence[vet->length++] = byte;
    if (byte < 0x40)
        return 1;
    if (vet->state == VET_CSI)
        vet_csi(vet);
    vet->state = VET_GROUND;
    return 1;
}

static size_t vet_string(struct vet *vet, const char *bytes, size_t length)
{
    size_t run = 0;
    for (; run < length && vet->state == VET_STRING; run++) {
        const char byte = bytes[run];
        if (byte == ESC || byte == '\xc2')
            break;
        if (byte == 0x18 || byte == 0x1a || (byte == '\a' && vet->string_ends_bell))
            vet->state = VET_GROUND;
    }
    vet_emit(vet, bytes, run);
    if (run)
        return run;
    vet->back = VET_STRING;
    vet->state = VET_C2;
    if (bytes[0] == ESC) { /* whatever follows, the string ends here, for libtsm too */
        vet->state = VET_ESCAPE;
        vet_emit_string(vet, "\x1b\\");
    }
    return 1;
}

static size_t vet_step(struct vet *vet, const char *bytes, size_t length)
{
    switch (vet->state) {
    case VET_ESCAPE:
        return vet_escape(vet, bytes);
    case VET_CSI:
    case VET_CSI_IGNORE:
        return vet_collect(vet, bytes);
    case VET_STRING:
        return vet_string(vet, bytes, length);
    case VET_C2:
        return vet_c2(vet, bytes);
    case VET_GROUND:
    default:
        return vet_ground(vet, bytes, length);
    }
}

void vet_feed(struct vet *vet, const char *bytes, size_t length)
{
    while (length) {
        size_t taken = vet_step(vet, bytes, length);
        bytes += taken;
        length -= taken;
    }
}
