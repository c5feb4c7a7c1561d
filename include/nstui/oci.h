/* oci: a spec as the config.json of the OCI runtime specification, written and read. Called by the
 * commands and the supervisor. What the specification has no word for travels as annotations
 * io.nstui.*, which count only as long as the rest of the document says the same. Starts nothing,
 * prints nothing; reading looks at the files that a bundle names, and changes none.
 *
 * doc/oci.md tells each field: what becomes of it, and why.
 */
#ifndef NSTUI_OCI_H
#define NSTUI_OCI_H

#include "nstui/engine.h"

#define OCI_VERSION   "1.0.2"            /* as it is written: crun 1.8 knows none above 1.0 */
#define OCI_SIZE_MAX  (4u * 1024 * 1024) /* bytes of a config.json */
#define OCI_DEPTH_MAX 32                 /* objects and arrays in each other */

/* What becomes of a field of a config.json. */
enum oci_fate {
    OCI_TAKEN,            /* read, as far as it is not named in particular */
    OCI_FREE,             /* read as a whole: what is in it has no fixed names */
    OCI_NAMED,            /* not supported: a line says so, and it runs without */
    OCI_REFUSED,          /* not supported, and to run without would be less safe than asked */
    OCI_REFUSED_APPARMOR, /* refused where the host has AppArmor, else named */
    OCI_REFUSED_SELINUX,  /* refused where the host has SELinux, else named */
};

/* One field. A path has [] for each item of a list. */
struct oci_field {
    const char *path;
    enum oci_fate fate;
    const char *why; /* what is missing without it; NULL with OCI_TAKEN and OCI_FREE */
};

/* All fields that are known, ended by one whose path is NULL. */
extern const struct oci_field oci_fields[];

/* Writes a spec as a config.json. What its grade means is written out, so that other programs do
 * what nstui does. The result is the caller's. NULL where it has bytes that are no UTF-8, which JSON
 * cannot hold: `cannot be written as JSON: the argument "?" is no UTF-8`. tag, init_program and cancel
 * are of one launch alone and do not travel. */
char *oci_format(const struct spec *spec, struct err *err);

/* Reads a config.json. bundle_dir: absolute, where relative paths in it begin. Fills spec, which is to
 * be checked by spec_check() as any other; the caller frees it, also after a failure. Adds a sentence
 * to unsupported for each field that is passed over. -1 with the path of the field in the sentence:
 * `config.json: process.args[2] is a number, not a string`. */
int oci_parse(const char *json, size_t length, const char *bundle_dir, struct spec *spec,
              struct strings *unsupported, struct err *err);

/* The same with the file config.json of a bundle, a regular file of at most OCI_SIZE_MAX bytes.
 * bundle_dir may be relative. */
int oci_load(const char *bundle_dir, struct spec *spec, struct strings *unsupported,
             struct err *err);

/* The same with what was kept of a session: text of its config.json, that oci_format() wrote. Whatever
 * is not supported in it is an error: somebody else has written there. */
int oci_spec_load(const char *json, size_t length, struct spec *spec, struct err *err);

/* A bundle for other programs: makes the folder where it is missing and writes config.json into it.
 * Adds a sentence to words for each thing that is lost with programs other than nstui. -1 where there
 * is one already, or where nothing would be left to run. */
int oci_export(const struct spec *spec, const char *bundle_dir, struct strings *words,
               struct err *err);

#endif
