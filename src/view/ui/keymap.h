/* keymap: keys are a table of requests. The loop translates a key to a request in the context that
 * the open view or dialog names; the function bar, the help page, the palette and the manual page are
 * printed from the same rows, so none can lie. A request that is in no row does not exist. */
#ifndef NSTUI_UI_KEYMAP_H
#define NSTUI_UI_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

/* One key press. A letter or a control character has its code point; keys of curses (KEY_UP, KEY_F(3),
 * KEY_RESIZE never) have is_function set. Esc that was not followed by a digit is code 27. */
struct key {
    wint_t code;
    bool is_function;
};

/* Where keys mean something. keymap_parent() says which context is asked next. */
enum key_context {
    CONTEXT_NONE, /* end of the road */
    CONTEXT_EVERYWHERE,
    CONTEXT_LIST,       /* Namespaces, Containers; asks EVERYWHERE next */
    CONTEXT_COMPARE,    /* asks LIST next */
    CONTEXT_DETAIL,     /* a page that is read; asks LIST next */
    CONTEXT_PANE_WATCH, /* a pane whose keys are nstui's; asks EVERYWHERE next */
    CONTEXT_PANE_TYPE,  /* a pane whose keys are the program's: the prefix alone */
    CONTEXT_PANE_PREFIX,
    CONTEXT_FORM,
    CONTEXT_QUESTION,
    CONTEXT_TEXT, /* filter, find, palette, one line asked */
    CONTEXT_MENU,
    CONTEXT_PAGE, /* help, explain: pages over the view */
    CONTEXTS,
};

enum request {
    REQ_NONE,
    /* everywhere */
    REQ_HELP,
    REQ_EXPLAIN,
    REQ_PALETTE,
    REQ_MENU,
    REQ_VIEW_1,
    REQ_VIEW_2,
    REQ_VIEW_3,
    REQ_VIEW_4,
    REQ_VIEW_5,
    REQ_VIEW_6,
    REQ_VIEW_7,
    REQ_VIEW_8,
    REQ_VIEW_9,
    REQ_VIEW_PREVIOUS,
    REQ_VIEW_NEXT,
    REQ_TAB_PREVIOUS,
    REQ_TAB_NEXT,
    REQ_FOCUS_NEXT,
    REQ_FOCUS_PREVIOUS,
    REQ_BACK,
    REQ_QUIT,
    REQ_INTERRUPT,
    REQ_SUSPEND,
    REQ_REFRESH,
    REQ_FREEZE,
    REQ_WRITE,
    REQ_SHOW_COMMAND,
    REQ_CREATE,
    REQ_UNSHARE,
    REQ_SHELL,
    /* lists */
    REQ_UP,
    REQ_DOWN,
    REQ_LEFT,
    REQ_RIGHT,
    REQ_HALF_UP,
    REQ_HALF_DOWN,
    REQ_PAGE_UP,
    REQ_PAGE_DOWN,
    REQ_FIRST,
    REQ_LAST,
    REQ_OPEN,
    REQ_TAG,
    REQ_TAG_ALL,
    REQ_FILTER,
    REQ_FIND,
    REQ_FIND_NEXT,
    REQ_FIND_PREVIOUS,
    REQ_ORDER,
    REQ_ONLY_DIFFERENT,
    REQ_COMPARE,
    REQ_ATTACH,
    REQ_LOG,
    REQ_TRACE,
    REQ_JOIN,
    REQ_KILL,
    REQ_STOP,
    REQ_RESTART,
    REQ_EXPORT,
    REQ_REMOVE,
    /* compare */
    REQ_CHOOSE_LEFT,
    REQ_CHOOSE_RIGHT,
    REQ_SWAP,
    REQ_DIFFERENCE_NEXT,
    REQ_DIFFERENCE_PREVIOUS,
    /* panes */
    REQ_PANE_TYPE,
    REQ_PANE_PREFIX,
    REQ_PANE_SEND_PREFIX,
    REQ_PANE_STOP_TYPING,
    REQ_PANE_LEAVE,
    REQ_PANE_NEXT,
    REQ_PANE_ZOOM,
    REQ_PANE_SPLIT_RIGHT,
    REQ_PANE_SPLIT_BELOW,
    REQ_PANE_SHELL,
    REQ_PANE_SCROLL,
    REQ_PANE_CLOSE,
    /* forms and questions */
    REQ_FIELD_NEXT,
    REQ_FIELD_PREVIOUS,
    REQ_PRESS,
    REQ_RUN,
    REQ_CHOOSE,
    REQ_STEPS,
    REQ_ERASE,
    REQ_LEAVE,
    /* from one view to another, with no key of their own */
    REQ_ATTACH_TYPING,
    REQ_SHOW_CONTAINER,
    REQ_SHOW_NAMESPACE,
    REQUESTS,
};

/* Where a row stands on the help page. */
enum key_group {
    GROUP_LOOK, /* changes nothing */
    GROUP_ACT,  /* asks first */
    GROUP_ASK,  /* help and the like */
};

struct keymap_row {
    enum key_context context;
    enum request request;
    wint_t keys[4];     /* letters and control characters, 0 ends; shown in the first's name */
    int curses_keys[4]; /* KEY_UP ..; 0 ends */
    int fkey;           /* 1..12: also this F-key (and so Esc and that digit); 0: none */
    enum key_group group;
    const char *shown; /* the keys as help writes them: "Up Down, k j"; null: this row is told with
                          the one above */
    const char *name;  /* the action's name in the palette and the manual: "half-page-down" */
    const char *label; /* in the function bar, after its F-key: "Create"; null: not there */
    const char *help;  /* what it does, a few words in plain language */
};

extern const struct keymap_row keymap_rows[];
extern const size_t keymap_count;

/* The context that is asked when this one has no row for a key. */
enum key_context keymap_parent(enum key_context context);

/* "Namespaces, Containers", "a pane, typing": for the help page and the manual. */
const char *keymap_context_name(enum key_context context);

/* What a key means in a context and its parents; REQ_NONE where nothing. */
enum request keymap_request(enum key_context context, struct key key);

/* The row of a request as seen from a context, null where it has none there. */
const struct keymap_row *keymap_find(enum key_context context, enum request request);

/* True for a printable character without Ctrl. */
bool key_is_text(struct key key);

#endif
