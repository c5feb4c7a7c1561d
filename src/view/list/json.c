/* json: the list for programs. Called by ls. The shape is that of DESIGN's command line; keys that do
 * not apply are left out. Names are any bytes that a process chose: what is no UTF-8 becomes U+FFFD,
 * and what a terminal would obey is escaped, so that the text is valid and harmless in any case. */
#include "private.h"

#include <inttypes.h>
#include <string.h>

static void add_string(struct text *text, const char *string)
{
    size_t length = strlen(string);

    text_add(text, "\"");
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        size_t step = text_decode_utf8(string + at, length - at, &code);
        if (step == 0) {
            text_add(text, "\\ufffd");
            step = 1;
        } else if (code == '"' || code == '\\') {
            text_addf(text, "\\%c", (char)code);
        } else if (text_code_is_printable(code)) {
            text_add_bytes(text, string + at, step);
        } else { /* controls and bidirectional ones; all of them are in the first plane */
            text_addf(text, "\\u%04x", (unsigned int)(code > 0xFFFF ? 0xFFFD : code));
        }
        at += step;
    }
    text_add(text, "\"");
}

static void add_leader(struct text *text, const struct process *leader)
{
    text_addf(text, ",\"leader\":{\"pid\":%d,\"command\":", leader->pid);
    add_string(text, leader->comm);
    text_add(text, ",\"user\":");
    add_string(text, leader->user);
    text_add(text, "}");
}

static void add_number(struct text *text, const char *key, uint64_t number)
{
    if (number != 0) {
        text_addf(text, ",\"%s\":%" PRIu64, key, number);
    }
}

static void add_namespace(const struct snapshot *snapshot, const struct namespace *space,
                          struct text *text)
{
    const struct process *leader = snapshot_leader(snapshot, space);

    text_addf(text, "{\"type\":\"%s\",\"inode\":%" PRIu64 ",\"members\":%zu",
              ns_types[space->type].name, space->inode, space->member_count);
    if (leader) {
        add_leader(text, leader);
    }
    add_number(text, "owner", space->owner);
    add_number(text, "parent", space->parent);
    if (space->owner_uid_known) {
        text_addf(text, ",\"owner_uid\":%u", space->owner_uid);
    }
    if (space->container) {
        text_add(text, ",\"container\":");
        add_string(text, space->container);
    }
    if (space->host) {
        text_add(text, ",\"host\":true");
    }
    add_number(text, "id", space->id);
    text_add(text, "}");
}

void list_json(const struct snapshot *snapshot, const struct list_choice *choice, struct text *text)
{
    const char *separator = "\n";

    text_add(text, "{\"namespaces\":[");
    for (size_t i = 0; i < snapshot->namespace_count; i++) {
        if (list_chosen(snapshot, &snapshot->namespaces[i], choice)) {
            text_add(text, separator);
            add_namespace(snapshot, &snapshot->namespaces[i], text);
            separator = ",\n";
        }
    }
    text_addf(text, "],\n\"host_from\":\"%s\",\"forbidden\":%zu}\n",
              host_origin_name(snapshot_host_origin(snapshot)), snapshot->counts.forbidden);
}
