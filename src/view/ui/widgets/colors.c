/* colors: hands out curses pairs behind those of the roles, one for each two colours that are met.
 * When a hostile program has used all up, the table starts anew. pane_draw.c calls it. */
#include "colors.h"

#include "../draw.h"
#include "nstui/grid.h"

#include <stdlib.h>

#define PAIR_FIRST (ROLES + 1) /* below: draw.c's */
#define PAIRS_MAX  2048
#define TABLE_SIZE 4096 /* a power of two, twice the pairs */

/* Which pair two curses colours got. -1 is the terminal's default. */
struct entry {
    short foreground, background, pair; /* pair 0: free */
};

static struct entry table[TABLE_SIZE]; /* part of the one curses screen, as its pairs are */
static int used;

/* ---- to colours of the terminal -------------------------------------------------------- */

/* xterm's first sixteen. */
static const uint32_t basic[16] = {0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
                                   0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00,
                                   0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff};
static const int cube_levels[6] = {0x00, 0x5f, 0x87, 0xaf, 0xd7, 0xff};

static int distance(uint32_t one, uint32_t other)
{
    int sum = 0;
    for (int shift = 0; shift <= 16; shift += 8) {
        int difference = (int)(one >> shift & 255) - (int)(other >> shift & 255);
        sum += difference * difference;
    }
    return sum;
}

static uint32_t cube_color(int index)
{
    index -= 16;
    return (uint32_t)cube_levels[index / 36] << 16 | (uint32_t)cube_levels[index / 6 % 6] << 8 |
           (uint32_t)cube_levels[index % 6];
}

static int cube_step(uint32_t level)
{
    int best = 0;
    for (int i = 1; i < 6; i++)
        if (abs((int)level - cube_levels[i]) < abs((int)level - cube_levels[best]))
            best = i;
    return best;
}

/* The nearest of the palette of 256: in the cube or in the greys behind it. */
static int nearest_of_256(uint32_t rgb)
{
    int cube =
        16 + 36 * cube_step(rgb >> 16 & 255) + 6 * cube_step(rgb >> 8 & 255) + cube_step(rgb & 255);
    int level = (int)((rgb >> 16 & 255) + (rgb >> 8 & 255) + (rgb & 255)) / 3;
    int grey = level < 8 ? 0 : level > 238 ? 23 : (level - 3) / 10;
    uint32_t grey_level = (uint32_t)grey * 10 + 8;
    uint32_t grey_color = grey_level << 16 | grey_level << 8 | grey_level;
    return distance(rgb, grey_color) < distance(rgb, cube_color(cube)) ? 232 + grey : cube;
}

static int nearest_of_16(uint32_t rgb)
{
    int best = 0;
    for (int i = 1; i < 16; i++)
        if (distance(rgb, basic[i]) < distance(rgb, basic[best]))
            best = i;
    return best;
}

static uint32_t palette_color(int index)
{
    if (index < 16)
        return basic[index];
    if (index < 232)
        return cube_color(index);
    uint32_t level = (uint32_t)(index - 232) * 10 + 8;
    return level << 16 | level << 8 | level;
}

/* A grid's colour as a curses colour; bold is set where it can only be told by that. */
static short color_map(uint32_t color, attr_t *bold)
{
    if ((color & GRID_COLOR_KIND) == GRID_COLOR_DEFAULT)
        return -1;
    int index = (int)(color & 255);
    if ((color & GRID_COLOR_KIND) == GRID_COLOR_RGB)
        index = COLORS >= 256 ? nearest_of_256(color & 0xffffff) : nearest_of_16(color & 0xffffff);
    if (index >= 16 && COLORS < 256)
        index = nearest_of_16(palette_color(index));
    if (index >= 8 && COLORS < 16) {
        *bold = A_BOLD;
        index -= 8;
    }
    return (short)index;
}

/* ---- pairs ----------------------------------------------------------------------------- */

static short pair_find(short foreground, short background)
{
    int most = COLOR_PAIRS - PAIR_FIRST < PAIRS_MAX ? COLOR_PAIRS - PAIR_FIRST : PAIRS_MAX;
    unsigned int at = ((unsigned int)(foreground + 1) * 257u + (unsigned int)(background + 1)) *
                      2654435761u / (0xffffffffu / TABLE_SIZE + 1u);
    for (;; at = (at + 1) % TABLE_SIZE) {
        struct entry *entry = &table[at % TABLE_SIZE];
        if (entry->pair && entry->foreground == foreground && entry->background == background)
            return entry->pair;
        if (entry->pair)
            continue;
        if (used >= most)
            return -1;
        *entry = (struct entry){foreground, background, (short)(PAIR_FIRST + used++)};
        if (init_pair(entry->pair, foreground, background) == ERR)
            return 0;
        return entry->pair;
    }
}

static void pairs_forget(void)
{
    for (int i = 0; i < TABLE_SIZE; i++)
        table[i].pair = 0;
    used = 0;
}

struct color_look color_find(uint32_t foreground, uint32_t background)
{
    struct color_look look = {0, A_NORMAL};
    if (!foreground && !background)
        return look;
    /* Without colours (a vt100, NO_COLOR) a role that has one has no pair either. */
    if (PAIR_NUMBER(draw_role_attributes(ROLE_GOOD)) == 0)
        return look;
    attr_t ignored = A_NORMAL;
    short front = color_map(foreground, &look.attributes);
    short back = color_map(background, &ignored);
    look.pair = pair_find(front, back);
    if (look.pair < 0 && COLOR_PAIRS > 512) {
        pairs_forget();
        look.pair = pair_find(front, back);
    }
    if (look.pair < 0) /* 64 pairs in all: the letter's colour alone */
        look.pair = pair_find(front, -1);
    if (look.pair < 0)
        look.pair = 0;
    return look;
}
