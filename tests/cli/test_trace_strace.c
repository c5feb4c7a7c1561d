/* nstui trace -- CMD held against strace of the same command: the same calls, in the same order in each
 * process, with the same arguments and results. */
#include <ctype.h>

#include "nstui/trace.h"
#include "support.h"
#include "traced.h"

static bool only_paths; /* of an exec: the engine keeps no arguments */
static char self[4096]; /* this program, which is what is traced too */

/* What each process called, in its order: texts by pid. */
struct process_calls {
    int pid;
    struct text text;
    struct text unfinished; /* a line of strace that goes on later */
};

struct calls_seen {
    struct process_calls items[64];
    size_t count;
};

static struct process_calls *calls_of(struct calls_seen *seen, int pid)
{
    for (size_t at = 0; at < seen->count; at++) {
        if (seen->items[at].pid == pid)
            return &seen->items[at];
    }
    assert_true(seen->count < array_length(seen->items));
    seen->items[seen->count] = (struct process_calls){.pid = pid};
    return &seen->items[seen->count++];
}

static void calls_free(struct calls_seen *seen)
{
    for (size_t at = 0; at < seen->count; at++) {
        text_free(&seen->items[at].text);
        text_free(&seen->items[at].unfinished);
    }
}

/* Takes from one mark up to one of the signs of ends, or all of it, out of a text. */
static void cut(char *text, const char *mark, const char *ends, bool with_end)
{
    for (char *at; (at = strstr(text, mark));) {
        char *end = at + strlen(mark) + strcspn(at + strlen(mark), ends);
        end += *end && with_end;
        memmove(at, end, strlen(end) + 1);
    }
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* "N<where it leads>" becomes "N". */
static void links_cut(char *text)
{
    char *to = text;
    for (const char *from = text; *from;) {
        if (*from == '<' && from > text && isdigit((unsigned char)from[-1]))
            from += strcspn(from, ">") + 1;
        else
            *to++ = *from++;
    }
    *to = '\0';
}

/* Of a clone only its flags and signal; strace tells addresses too. */
static void clone_trim(char *call)
{
    char flags[256] = "", name[16] = "";
    char *at = strstr(call, "flags="), *signal = strstr(call, "exit_signal=");
    if (!at)
        return;
    (void)sscanf(call, "%15[a-z0-9]", name);
    (void)snprintf(flags, sizeof(flags), "%.*s", (int)strcspn(at, ",)}"), at);
    (void)snprintf(call, strlen(call) + 1, "%s(%s%s%.*s)", name, flags, signal ? " " : "",
                   signal ? (int)strcspn(signal, ",}") : 0, signal ? signal : "");
}

/* Binds and remounts ignore type and data; strace tells their addresses. */
static void mount_trim(char *call)
{
    static const char *const flags[] = {"MS_BIND",   "MS_REMOUNT", "MS_PRIVATE",
                                        "MS_SHARED", "MS_SLAVE",   "MS_MOVE"};
    char source[512], target[512], type[512], words[512];
    bool ignores = false;
    for (size_t at = 0; at < array_length(flags); at++)
        ignores = ignores || strstr(call, flags[at]);
    if (ignores && sscanf(call, "mount(%511[^,], %511[^,], %511[^,], %511[^,],", source, target,
                          type, words) == 4)
        (void)snprintf(call, strlen(call) + 1, "mount(%s, %s, %s)", source, target, words);
}

/* What differs from run to run, or is told by one side only. */
static void call_trim(char *call)
{
    links_cut(call);
    if (begins(call, "clone"))
        clone_trim(call);
    if (begins(call, "mount("))
        mount_trim(call);
    cut(call, " exit_signal=0", ")", false);
    cut(call, ", attr_clr=0", ",}", false);
    cut(call, ", propagation=0", ",}", false);
    cut(call, ", userns_fd=0", ",}", false);
    cut(call, " /* CLONE_???", "/", true);
    cut(call, "crun.", "\"/", false); /* a folder with a name by chance */
    if (begins(call, "exec") && only_paths) {
        char *end = strstr(call, "\",");
        if (end)
            (void)strcpy(end, "\", ..)");
    } else if (begins(call, "exec")) {
        cut(call, "0x", " ", true);
        char *variables = strstr(call, ", /*");
        if (variables && strstr(variables, "var"))
            cut(call, ", /*", "/", true);
    }
}

static void call_add(struct calls_seen *seen, int pid, const char *call, const char *result)
{
    _cleanup_free_ char *trimmed = xasprintf("%s%64s", call, "");
    trimmed[strlen(call)] = '\0';
    call_trim(trimmed);
    bool makes = begins(call, "clone") || begins(call, "fork") || begins(call, "vfork");
    text_addf(&calls_of(seen, pid)->text, "%s %s\n", trimmed,
              makes && isdigit((unsigned char)result[strlen(result) - 1]) ? "= pid" : result);
}

/* A whole line of strace: `mount(..)   = -1 EPERM (Operation not permitted)`. */
static void strace_line(struct calls_seen *seen, int pid, char *line)
{
    char *end = NULL, result[64] = "";
    for (char *at = line; (at = strstr(at, ") ")); at += 2) {
        if (at[2 + strspn(at + 2, " ")] == '=')
            end = at;
    }
    if (!end || (begins(line, "unlinkat") && !strstr(line, "AT_REMOVEDIR")))
        return;
    char *value = strchr(end + 1, '=');
    end[1] = '\0';
    if (strstr(value, "ERESTART"))
        return;
    if (begins(value, "= -1 "))
        (void)sscanf(value, "= -1 %63s", result);
    else if (begins(value, "= ?"))
        (void)strcpy(result, "no return");
    else
        (void)snprintf(result, sizeof(result), "%.*s", 2 + (int)strcspn(value + 2, " <"), value);
    call_add(seen, pid, line, result);
}

static void strace_read(struct calls_seen *seen, const char *path)
{
    char *rest = xstrdup(file_get(path)), *all = rest;
    for (char *line; (line = strsep(&rest, "\n"));) {
        int pid = 0, used = 0;
        if (sscanf(line, "%d %n", &pid, &used) != 1 || !line[used])
            continue;
        char *call = line + used, *mark = strstr(call, " <unfinished ...>");
        struct text *unfinished = &calls_of(seen, pid)->unfinished;
        if (mark) {
            *mark = '\0';
            text_add(unfinished, call);
        } else if (begins(call, "<... ")) {
            mark = strstr(call, "resumed>");
            text_add(unfinished, mark ? mark + strlen("resumed>") : "");
            strace_line(seen, pid, unfinished->data);
            text_free(unfinished);
            *unfinished = (struct text){0};
        } else
            strace_line(seen, pid, call);
    }
    free(all);
}

static void ours_read(struct calls_seen *seen, const char *path)
{
    _cleanup_trace_ struct trace trace = {0};
    struct err err = {0};
    const char *text = file_get(path);
    if (trace_parse(text, strlen(text), &trace, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t at = 0; at < trace.count; at++) {
        const struct trace_record *record = &trace.items[at];
        char result[TRACE_RESULT_SIZE];
        /* Which files are opened strace is not asked for. */
        if (!begins(record->call, "open(") && !begins(record->call, "openat") &&
            !begins(record->call, "write("))
            call_add(seen, record->pid, record->call, trace_result(record, result));
    }
}

static int by_text(const void *left, const void *right)
{
    const struct process_calls *one = left, *other = right;
    return strcmp(one->text.data ? one->text.data : "", other->text.data ? other->text.data : "");
}

#define STRACE_CALLS                                                                               \
    "trace=clone,clone3,?fork,?vfork,unshare,setns,mount,umount2,pivot_root,chroot,mount_setattr," \
    "open_tree,move_mount,fsopen,fsconfig,fsmount,fspick,chdir,fchdir,?mkdir,mkdirat,?rmdir,"      \
    "unlinkat,?symlink,symlinkat,sethostname,setdomainname,execve,execveat"

/* Fails with the first line that differs. */
static void process_assert_same(const char *ours, const char *theirs)
{
    const char *one = ours ? ours : "", *other = theirs ? theirs : "";
    while (*one && strcspn(one, "\n") == strcspn(other, "\n") &&
           memcmp(one, other, strcspn(one, "\n") + 1) == 0) {
        other += strcspn(other, "\n") + 1;
        one += strcspn(one, "\n") + 1;
    }
    if (*one || *other)
        fail_msg("nstui: %.*s\n       strace: %.*s", (int)strcspn(one, "\n"), one,
                 (int)strcspn(other, "\n"), other);
}

/* Both trace the same line of a shell, what comes before it is not traced; each process calls the same, in the same order, with the same
 * results. */
static void held_against_strace(const char *before, const char *command, const char *our_options)
{
    if (!program_is_there("strace"))
        skip_because("strace is not installed");
    struct calls_seen ours = {0}, theirs = {0};
    _cleanup_result_ struct result first = {0}, second = {0};
    const char *folder = test_folder();
    const char *their_file = test_path("%s/strace", folder);
    const char *our_file = test_path("%s/nstui", folder);
    run_expect(0, &first, "sh", "-c",
               test_path("%s strace -f --seccomp-bpf -s 4096 -e signal=none -e " STRACE_CALLS
                         " -o %s %s",
                         before, their_file, command));
    run_expect(0, &second, "sh", "-c",
               test_path("%s %s trace -J -v %s -o %s -- %s", before, program_of_ours("nstui"),
                         our_options, our_file, command));
    strace_read(&theirs, their_file);
    ours_read(&ours, our_file);
    qsort(ours.items, ours.count, sizeof(ours.items[0]), by_text);
    qsort(theirs.items, theirs.count, sizeof(theirs.items[0]), by_text);
    assert_true(ours.count > 0);
    for (size_t at = 0; at < ours.count || at < theirs.count; at++)
        process_assert_same(ours.items[at].text.data, theirs.items[at].text.data);
    calls_free(&ours);
    calls_free(&theirs);
}

static void unshare_is_traced_as_strace_does(void **state)
{
    (void)state;
    need_root();
    held_against_strace("", "unshare -mpuf --mount-proc true", "");
    held_against_strace("", "unshare -mpuf --mount-proc true", "--full");
}

static void bwrap_is_traced_as_strace_does(void **state)
{
    (void)state;
    need_root();
    if (!program_is_there("bwrap"))
        skip_because("bwrap is not installed");
    held_against_strace("",
                        "bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --unshare-all "
                        "--hostname inside --chdir / true",
                        "");
}

static void every_call_is_traced_as_strace_does(void **state)
{
    (void)state;
    need_root();
    const char *command = test_path("%s traced everything %s", self, test_folder());
    held_against_strace("", command, "");
    held_against_strace("", command, "--full");
}

/* A bundle whose root has the programs of the host. */
static const char *bundle_make(void)
{
    const char *folder = test_folder();
    static const char *const folders[] = {"bin", "lib", "lib64", "usr"};
    _cleanup_text_ struct text mounts = {0};
    must(mkdir(test_path("%s/root", folder), 0755) == 0);
    for (size_t at = 0; at < array_length(folders); at++) {
        if (path_exists(test_path("/%s", folders[at])))
            text_addf(&mounts,
                      ",{\"destination\":\"/%s\",\"type\":\"bind\",\"source\":\"/%s\","
                      "\"options\":[\"rbind\",\"ro\"]}",
                      folders[at], folders[at]);
    }
    file_put(
        test_path("%s/config.json", folder),
        test_path(
            "{\"ociVersion\":\"1.0.0\",\"process\":{\"user\":{\"uid\":0,\"gid\":0},"
            "\"cwd\":\"/\",\"args\":[\"/bin/true\"]},\"root\":{\"path\":\"root\"},"
            "\"hostname\":\"inside\",\"mounts\":[{\"destination\":\"/"
            "dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\"},{\"destination\":\"/proc\",\"type\":"
            "\"proc\",\"source\":\"proc\"}%s],\"linux\":{\"namespaces\":[{\"type\":"
            "\"pid\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},{\"type\":\"mount\"}]}}",
            mounts.data));
    return folder;
}

static void crun_is_traced_as_strace_does(void **state)
{
    (void)state;
    need_root();
    if (!program_is_there("crun"))
        skip_because("crun is not installed");
    /* crun knows no machine where cgroup v1 and v2 are both. */
    static const char before[] = "unshare -m --propagation private sh -c 'mount -t cgroup2 none "
                                 "/sys/fs/cgroup && exec \"$0\" \"$@\"'";
    const char *folder = bundle_make();
    const char *command = test_path("crun --root %s/state --cgroup-manager=disabled run -b %s "
                                    "nstui-test-trace",
                                    folder, folder);
    _cleanup_result_ struct result result = {0};
    if (run_words(&result, "sh", "-c", test_path("%s %s", before, command)) != 0)
        skip_because("crun does not start here: %s", result.error);
    held_against_strace(before, command, "");
}

/* ---- what the engine says of its own launch ----------------------------------------------------- */

/* Keeps the lines of a process that begin with one of words (all where it is NULL), but for those that
 * make a process without a namespace of its own. */
static void lines_keep(struct text *text, const char *only)
{
    _cleanup_text_ struct text kept = {0};
    text_add(&kept, "");
    for (const char *line = text->data ? text->data : ""; *line;) {
        size_t length = strcspn(line, "\n") + 1;
        bool makes = begins(line, "clone") || begins(line, "vfork") || begins(line, "fork");
        bool space = makes && memmem(line, length, "CLONE_NEW", 9);
        if (makes ? space : !only || begins(line, only))
            text_add_bytes(&kept, line, length);
        line += length;
    }
    text_free(text);
    *text = (struct text){.data = pointer_take(kept.data), .length = kept.length};
}

/* strace follows the supervisor too, which has folders of its own to make: of it only the clone. Each
 * process has the call that made it in its parent, so the first of a launch is its maker. */
static void launch_trim(struct calls_seen *seen)
{
    for (size_t at = 0; at < seen->count; at++)
        lines_keep(&seen->items[at].text, seen->items[at].pid == seen->items[0].pid ? "-" : NULL);
}

/* The same for ours, where parent, child and init are told apart by their names. */
static void launch_read(struct calls_seen *seen, const char *text, bool has_init)
{
    _cleanup_trace_ struct trace trace = {0};
    struct err err = {0};
    if (trace_parse(text, strlen(text), &trace, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t at = 0; at < trace.count; at++) {
        const struct trace_record *record = &trace.items[at];
        char result[TRACE_RESULT_SIZE];
        bool same = record->who == TRACE_INIT && !has_init; /* the child has become the command */
        if (!begins(record->call, "write("))
            call_add(seen, same ? TRACE_CHILD + 1 : (int)record->who + 1, record->call,
                     trace_result(record, result));
    }
    for (size_t at = 0; at < seen->count; at++)
        lines_keep(&seen->items[at].text, NULL);
}

static bool trace_is_there(void *data)
{
    return run_words(data, "nstui", "trace", "-J", "held") == 0;
}

static void launch_held_against_strace(const char *options)
{
    if (!program_is_there("strace"))
        skip_because("strace is not installed");
    struct calls_seen ours = {0}, theirs = {0};
    _cleanup_result_ struct result trace = {0};
    const char *file = test_path("%s/strace", test_folder());
    pid_t pid = fork();
    if (pid == 0) {
        const char *line =
            test_path("exec strace -f --seccomp-bpf -s 4096 -e signal=none -e " STRACE_CALLS
                      " -o %s %s run --name held --no-tty %s -- sleep 3 </dev/null",
                      file, program_of_ours("nstui"), options);
        (void)execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(TRACED_BAD);
    }
    bool there = wait_until(trace_is_there, &trace, WAIT_MS);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_true(there);
    strace_read(&theirs, file);
    launch_trim(&theirs);
    launch_read(&ours, trace.out, strstr(options, "--init"));
    qsort(ours.items, ours.count, sizeof(ours.items[0]), by_text);
    qsort(theirs.items, theirs.count, sizeof(theirs.items[0]), by_text);
    size_t skip = 0; /* processes of which nothing is left */
    while (skip < theirs.count && (!theirs.items[skip].text.data || !*theirs.items[skip].text.data))
        skip++;
    assert_true(ours.count >= 2);
    for (size_t at = 0; at < ours.count || skip + at < theirs.count; at++)
        process_assert_same(at < ours.count ? ours.items[at].text.data : NULL,
                            skip + at < theirs.count ? theirs.items[skip + at].text.data : NULL);
    calls_free(&ours);
    calls_free(&theirs);
}

static void the_trace_of_a_launch_is_what_strace_saw(void **state)
{
    (void)state;
    need_root();
    only_paths = true;
    launch_held_against_strace("-pmuinC --hostname box --init");
    launch_held_against_strace(test_path("-pmu --root %s --init --workdir /tmp", test_folder()));
    launch_held_against_strace(test_path("-pmu --root %s --chroot", test_folder()));
    only_paths = false;
}

int main(int argc, char **argv)
{
    traced_main(argc, argv);
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (length < 0)
        return 1;
    self[length] = '\0';
    const struct CMUnitTest tests[] = {
        machine_test(unshare_is_traced_as_strace_does),
        machine_test(bwrap_is_traced_as_strace_does),
        machine_test(every_call_is_traced_as_strace_does),
        machine_test(crun_is_traced_as_strace_does),
        machine_test(the_trace_of_a_launch_is_what_strace_saw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
