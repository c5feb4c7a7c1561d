/* print: what a look has found, as JSON. Called by command.c. Written by hand, since a look may
 * list ten thousand processes each second; parse.c is the judge of it. */
#include "private.h"

#include <inttypes.h>
#include <string.h>

const char *const look_file_names[LOOK_FILES] = {
    [LOOK_FILE_READ] = "read",           [LOOK_FILE_MISSING] = "missing",
    [LOOK_FILE_STRANGE] = "strange",     [LOOK_FILE_REFUSED] = "refused",
    [LOOK_FILE_NOT_ASKED] = "not asked",
};

const char *const look_proc_names[LOOK_PROCS] = {
    [LOOK_PROC_OWN] = "own",         [LOOK_PROC_OTHER] = "other", [LOOK_PROC_ENDED] = "ended",
    [LOOK_PROC_PART] = "part",       [LOOK_PROC_NONE] = "none",   [LOOK_PROC_MISSING] = "missing",
    [LOOK_PROC_REFUSED] = "refused",
};

/* The texts are printable already: no control character is in them. */
static void add_string(struct text *json, const char *string)
{
    text_add(json, "\"");
    while (*string) {
        size_t plain = strcspn(string, "\"\\");
        text_add_bytes(json, string, plain);
        string += plain;
        if (*string) {
            char escaped[2] = {'\\', *string++};
            text_add_bytes(json, escaped, 2);
        }
    }
    text_add(json, "\"");
}

static void add_key(struct text *json, const char *key, const char *value)
{
    text_addf(json, ",\"%s\":", key);
    add_string(json, value);
}

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

static void print_hostname(const struct look_hostname *hostname, struct text *json)
{
    text_addf(json, ",\"hostname\":{\"uts\":%" PRIu64, hostname->uts);
    add_key(json, "nodename", hostname->nodename);
    add_key(json, "domain", hostname->domain);
    add_key(json, "kernel", hostname->kernel);
    add_key(json, "machine", hostname->machine);
    add_key(json, "problem", hostname->problem);
    add_key(json, "file", look_file_names[hostname->file]);
    add_key(json, "file_name", hostname->file_name);
    text_addf(json,
              ",\"file_device\":%" PRIu64 ",\"file_inode\":%" PRIu64 ",\"file_read_only\":%s}",
              hostname->file_device, hostname->file_inode, truth(hostname->file_read_only));
}

static void print_process(const struct look_process *process, struct text *json)
{
    char state[2] = {process->state, '\0'};
    text_addf(json, "[%d,%d,%d,%" PRIu64 ",%" PRId64 ",", (int)process->pid, (int)process->ppid,
              (int)process->host_pid, process->start_time, process->up_s);
    add_string(json, state);
    text_add(json, ",");
    add_string(json, process->user);
    text_add(json, ",");
    add_string(json, process->tty);
    text_add(json, ",");
    add_string(json, process->command);
    text_add(json, "]");
}

static void print_ps(const struct look_ps *ps, struct text *json)
{
    text_addf(json, ",\"ps\":{\"major\":%u,\"minor\":%u,\"host_major\":%u,\"host_minor\":%u",
              ps->major, ps->minor, ps->host_major, ps->host_minor);
    text_addf(json, ",\"pid_ns\":%" PRIu64 ",\"host_pid_ns\":%" PRIu64, ps->pid_ns,
              ps->host_pid_ns);
    add_key(json, "proc", look_proc_names[ps->proc]);
    add_key(json, "what_is_there", ps->what_is_there);
    add_key(json, "passwd", look_file_names[ps->passwd]);
    text_addf(json, ",\"proc_of_host\":%s,\"truncated\":%s,\"covered\":%u,\"members\":%u",
              truth(ps->proc_of_host), truth(ps->truncated), ps->covered, ps->members);
    text_add(json, ",\"rows\":[");
    for (size_t i = 0; i < ps->count; i++) {
        text_add(json, i == 0 ? "\n" : ",\n");
        print_process(&ps->rows[i], json);
    }
    text_add(json, "]}");
}

void look_print(const struct look *look, struct text *json)
{
    text_addf(json, "{\"version\":1,\"pid\":%d,\"start_time\":%" PRIu64, (int)look->pid,
              look->start_time);
    add_key(json, "command", look->command);
    text_addf(json, ",\"own_side\":%s,\"brief\":%s", truth(look->own_side), truth(look->brief));
    if (look->has_hostname)
        print_hostname(&look->hostname, json);
    if (look->has_ps)
        print_ps(&look->ps, json);
    text_add(json, "}\n");
}

void look_print_error(const char *sentence, struct text *json)
{
    char text[ERR_TEXT_SIZE];
    text_printable(text, sizeof(text), sentence, strlen(sentence), true);
    text_add(json, "{\"error\":");
    add_string(json, text);
    text_add(json, "}\n");
}
