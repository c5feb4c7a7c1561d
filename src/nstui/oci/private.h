/* What the files of this room share. */
#ifndef NSTUI_OCI_PRIVATE_H
#define NSTUI_OCI_PRIVATE_H

#include <json-c/json.h>

#include "nstui/oci.h"

#define LIST_MAX   4096 /* items of a list but args and env */
#define SHOWN_SIZE 128

/* Bytes of a document, fit to be in a sentence. Returns buffer. */
char *oci_shown(char buffer[SHOWN_SIZE], const char *text);

/* ---- node.c: reading, with the path of each value at hand ------------------------------- */

/* A value of the document and where it lies. */
struct node {
    const struct node *up; /* NULL: the document itself */
    const char *key;       /* of its object; NULL: item number index of a list */
    size_t index;
    struct json_object *value;
};

/* A document under way. */
struct reader {
    struct node root;
    struct node notes;  /* the annotations; value NULL: none */
    const char *bundle; /* absolute, without a slash at its end */
    struct strings *unsupported;
    struct err *err;
};

/* "process.args[2]". Returns buffer. */
#define NODE_PATH_SIZE 256
char *node_path(const struct node *node, char buffer[NODE_PATH_SIZE]);

/* Fills err with `config.json: PATH ...`. Returns -1. */
int node_error(const struct reader *reader, const struct node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Adds `PATH ...` to what is not supported. */
void node_unsupported(const struct reader *reader, const struct node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The value of a key, also where it has another type. False where there is none, or null. */
bool node_get(const struct node *object, const char *key, struct node *child);

/* Item of a list. */
struct node node_item(const struct node *list, size_t index);
size_t node_count(const struct node *list);

/* Each of these: 1 with the value, 0 where there is none and the place stays as it is, -1 with an
 * error. Strings are copied; lists are checked to have no more than LIST_MAX items. */
int node_object(const struct reader *reader, const struct node *object, const char *key,
                struct node *child);
int node_list(const struct reader *reader, const struct node *object, const char *key,
              struct node *child);
int node_string(const struct reader *reader, const struct node *object, const char *key,
                char **place);
int node_bool(const struct reader *reader, const struct node *object, const char *key, bool *place);
int node_number(const struct reader *reader, const struct node *object, const char *key,
                int64_t minimum, int64_t maximum, int64_t *place);
int node_unsigned(const struct reader *reader, const struct node *object, const char *key,
                  uint64_t *place);
int node_strings(const struct reader *reader, const struct node *object, const char *key,
                 struct strings *list);

/* The node itself as what it should be. */
int node_is_object(const struct reader *reader, const struct node *node);
const char *node_text(const struct reader *reader, const struct node *node); /* NULL: error */

/* ---- known.c: fields that we know and fields that we do not ------------------------------- */

/* Walks the whole document: names or refuses what is not supported, and strings with a NUL. */
int known_walk(const struct reader *reader);

/* The strings alone, of a part that is read later. */
int strings_check(const struct reader *reader, const struct node *node);

/* ---- words.c ----------------------------------------------------------------------------- */

/* "mount", "network"; -1 where there is none. */
extern const char *const oci_types[NS_TYPES];
int oci_type_find(const char *word);

/* Options of a mount. */
struct mount_word {
    const char *word;
    unsigned long set, clear;
};
const struct mount_word *mount_word_find(const char *word);

/* "rslave": MS_SLAVE|MS_REC; 0 where there is none. */
unsigned long propagation_parse(const char *word);
const char *propagation_word(unsigned long flags);

/* The words for flags of a mount, as options. */
void mount_words_add(unsigned long flags, struct strings *options);

/* The names of flags that travel as io.nstui.flags. */
struct flag_word {
    const char *word;
    size_t offset; /* of a bool in struct spec */
};
extern const struct flag_word flag_words[];
extern const size_t flag_words_count;

/* Words of a text, with blanks between. */
bool words_have(const char *text, const char *word);

extern const char *const omit_words[];
extern const size_t omit_words_count;

/* ---- parts of a document, as they are written ------------------------------------------- */

/* A document under way; the first text that is no UTF-8 is in err. */
struct writer {
    bool bad;
    struct err *err;
};

/* A string. what: "the argument", for the sentence. */
struct json_object *text_json(struct writer *writer, const char *what, const char *text);
struct json_object *texts_json(struct writer *writer, const char *what,
                               const struct strings *texts);

/* format_process.c, format_mounts.c, format_linux.c. NULL: the part is not there at all. The same
 * functions tell a reader whether an annotation still says what the document says. */
struct json_object *user_json(struct writer *writer, const struct spec *spec);
struct json_object *env_json(struct writer *writer, const struct spec *spec);
struct json_object *capabilities_json(const struct spec *spec);
struct json_object *process_json(struct writer *writer, const struct spec *spec);
struct json_object *mount_json(struct writer *writer, const struct layout_entry *entry);
bool mount_is_left_out(const struct spec *spec, const struct layout_entry *entry);
struct json_object *mounts_json(struct writer *writer, const struct spec *spec);
struct json_object *maps_json(const struct id_maps *maps, uint32_t own);
struct json_object *seccomp_json(struct writer *writer, const struct spec *spec);
struct json_object *masked_json(struct writer *writer, const struct spec *spec);
struct json_object *read_only_json(struct writer *writer, const struct spec *spec);
struct json_object *cpu_json(const struct spec *spec);
struct json_object *namespace_json(struct writer *writer, const struct spec *spec,
                                   enum ns_type type);
char *cgroups_path(const struct spec *spec); /* NULL: none is said */
struct json_object *linux_json(struct writer *writer, const struct spec *spec);

/* annotations.c */
struct json_object *annotations_json(struct writer *writer, const struct spec *spec);

/* Adds to an object; a NULL value is left out. */
void json_add(struct json_object *object, const char *key, struct json_object *value);

/* ---- parts of a document, as they are read ----------------------------------------------- */

int process_parse(const struct reader *reader, struct spec *spec);
int mounts_parse(const struct reader *reader, struct spec *spec);
int linux_parse(const struct reader *reader, struct spec *spec);
int resources_parse(const struct reader *reader, const struct node *linux_part, struct spec *spec);

/* devices.c: what stands in for device nodes of its own. The listed ones; those that every root has,
 * and the links to its descriptors; and what the rules of linux.resources.devices come to. */
int devices_parse(const struct reader *reader, struct spec *spec);
void devices_usual(struct spec *spec);
int device_rules_parse(const struct reader *reader, struct spec *spec);

/* A new entry at the end of a layout. */
struct layout_entry *entry_add(struct layout *layout, enum layout_kind kind);

/* ---- annotations_read.c: what nstui has written beside ------------------------------------- */

/* What stands for itself: flags, grade, name, network. Then the layout; 1 where it says the same as
 * mounts and was taken, else 0. Then all else that counts only where the document says the same. */
int annotations_parse(const struct reader *reader, struct spec *spec);
int annotations_layout(const struct reader *reader, struct spec *spec);
int annotations_resolve(const struct reader *reader, struct spec *spec);

/* An annotation of ours as its text; NULL where there is none. node is for messages. */
const char *annotation_find(const struct reader *reader, const char *name, struct node *node);

/* An annotation that is JSON itself. 1 with the value, which is the caller's; 0 where there is none. */
int annotation_json(const struct reader *reader, const char *name, enum json_type type,
                    struct json_object **value);

/* Whether a part written anew is what stands at first.second of the document. Takes made. */
bool part_is_same(const struct reader *reader, const char *first, const char *second,
                  struct json_object *made);

/* Names an annotation that is passed over, since the part of the document says something else. */
void part_differs(const struct reader *reader, const char *name, const char *part);

#define ANNOTATION "io.nstui."
extern const char *const layout_kind_words[];
extern const size_t layout_kinds;
extern const char *const grade_words[3];

#endif
