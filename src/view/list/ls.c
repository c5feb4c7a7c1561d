/* ls: the words of `nstui ls`, one look, and the list on stdout. Called by the program's main; it
 * starts no screen and no thread that outlives it. */
#include "nstui/discovery.h"
#include "nstui/list.h"
#include "private.h"

#include <errno.h>
#include <getopt.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char help_text[] =
    "Usage: nstui ls [-t TYPE].. [-p PID] [-J] [-o COLUMNS] [--source auto|bpf|proc]\n"
    "\n"
    "Lists the namespaces of this machine and who is in them.\n"
    "\n"
    "  -t, --type TYPE      only mnt, uts, ipc, pid, net, user, cgroup or time; may be repeated\n"
    "  -p, --task PID       only those that this process is in\n"
    "  -J, --json           as JSON\n"
    "  -o, --output COLUMNS of TYPE IDENTITY PROCS PID LEADER OWNER NAME USER COMMAND OWNERNS\n"
    "                       PARENT ID, with commas between\n"
    "      --source WAY     how to look: auto, bpf, proc\n"
    "      --once           once, as it always does\n"
    "  -h, --help           this text\n"
    "\n"
    "LEADER is the member highest in the process tree, OWNER the user who made the user namespace\n"
    "that owns it, NAME the container.\n";

struct request {
    struct list_choice choice;
    int64_t pid; /* 0: all */
    bool json, help;
    const char *columns;
    const char *source;
};

static const struct option options_known[] = {
    {"type", required_argument, NULL, 't'},   {"task", required_argument, NULL, 'p'},
    {"json", no_argument, NULL, 'J'},         {"output", required_argument, NULL, 'o'},
    {"source", required_argument, NULL, 's'}, {"once", no_argument, NULL, '1'},
    {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
};

static int add_types(struct request *request, char *names, struct err *err)
{
    char *rest = names;

    for (char *name; (name = strsep(&rest, ","));) {
        enum ns_type type;
        if (!ns_type_by_name(name, &type)) {
            err_set(err, 0, "\"%.40s\" is no type of namespace", name);
            return err_hint(err, "there are: mnt uts ipc pid net user cgroup time");
        }
        request->choice.types |= NS_BIT(type);
    }
    return 0;
}

static int take_option(struct request *request, int option, char *argv[], struct err *err)
{
    switch (option) {
    case 't':
        return add_types(request, optarg, err);
    case 'p':
        if (!number_parse(optarg, 1, INT32_MAX, &request->pid)) {
            return err_set(err, 0, "\"%.40s\" is no process number", optarg);
        }
        return 0;
    case 'J':
        request->json = true;
        return 0;
    case 'o':
        request->columns = optarg;
        return 0;
    case 's':
        request->source = optarg;
        return 0;
    case '1':
        return 0;
    case 'h':
        request->help = true;
        return 0;
    case ':':
        err_set(err, 0, "%s wants a value", argv[optind - 1]);
        return err_hint(err, "nstui ls --help tells which");
    default:
        err_set(err, 0, "ls knows no option %.60s", argv[optind - 1]);
        return err_hint(err, "nstui ls --help lists them");
    }
}

static int parse(int argc, char **argv, struct request *request, struct err *err)
{
    opterr = 0;
    optind = 0; /* main has looked at the words already: begin anew */
    for (int option; (option = getopt_long(argc, argv, ":t:p:Jo:h", options_known, NULL)) != -1;) {
        if (take_option(request, option, argv, err) == -1) {
            return -1;
        }
    }
    if (optind < argc) {
        err_set(err, 0, "ls does not know what to do with \"%.60s\"", argv[optind]);
        return err_hint(err, "nstui ls --help tells what it takes");
    }
    if (request->choice.types == 0) {
        request->choice.types = NS_ALL;
    }
    return 0;
}

static int choose_process(const struct snapshot *snapshot, struct request *request, struct err *err)
{
    if (request->pid == 0) {
        return 0;
    }
    const struct process *process = snapshot_find_process(snapshot, (pid_t)request->pid);
    if (!process) {
        return err_set(err, 0, "there is no process %d", (int)request->pid);
    }
    if (process->forbidden) {
        err_set(err, EACCES, "cannot read the namespaces of process %d", process->pid);
        return geteuid() == 0 ? -1 : err_hint(err, "it is not yours; try sudo nstui ls");
    }
    if (process->zombie) {
        return err_set(err, 0, "process %d has ended and is in no namespace any more",
                       process->pid);
    }
    request->choice.process = process;
    return 0;
}

static size_t terminal_width(void)
{
    struct winsize size;

    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1) {
        return 0;
    }
    return size.ws_col;
}

/* What a reader of the table has to know to trust it. */
static void tell_limits(const struct snapshot *snapshot)
{
    static const char *const origins[] = {
        [HOST_UNKNOWN] = "Process 1 may not be read, so none is marked as the host's.",
        [HOST_OF_INITIAL] = "Process 1 may not be read: (host) marks the kernel's initial ones.",
        [HOST_OF_OURS] = "Process 1 may not be read: (host) marks those that nstui is in itself.",
    };
    enum host_origin origin = snapshot_host_origin(snapshot);
    size_t forbidden = snapshot->counts.forbidden;

    if (origin != HOST_OF_PID_1) {
        fprintf(stderr, "%s\n", origins[origin]);
    }
    if (forbidden > 0 && geteuid() != 0) {
        fprintf(stderr,
                "%zu %s of others: the kernel hides their namespaces (sudo nstui ls shows them).\n",
                forbidden, forbidden == 1 ? "process is" : "processes are");
    } else if (forbidden > 1 || (forbidden == 1 && origin == HOST_OF_PID_1)) {
        fprintf(stderr, "%zu %s may not be read, even by root.\n", forbidden,
                forbidden == 1 ? "process" : "processes");
    }
}

static int print_list(struct request *request, struct err *err)
{
    _cleanup_snapshot_ const struct snapshot *snapshot = NULL;
    _cleanup_text_ struct text text = {0};
    struct list_columns columns;

    if (request->json) { /* JSON is UTF-8 wherever it is made; libproc2 goes by the locale */
        setlocale(LC_CTYPE, "C.UTF-8");
    }
    bool utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    if (list_columns_parse(request->columns, &columns, err) == -1 ||
        discovery_look_once(request->source, &snapshot, err) == -1 ||
        choose_process(snapshot, request, err) == -1) {
        return -1;
    }
    if (request->json) {
        list_json(snapshot, &request->choice, &text);
    } else {
        list_table(snapshot, &request->choice, &columns, terminal_width(), utf8, &text);
    }
    if (fd_write_all(STDOUT_FILENO, text.data, text.length, err) == -1) {
        return err_prefix(err, "cannot print the list");
    }
    if (!request->json) {
        tell_limits(snapshot);
    }
    return 0;
}

int list_main(int argc, char **argv)
{
    struct request request = {0};
    struct err err = {0};

    setlocale(LC_ALL, "");
    if (parse(argc, argv, &request, &err) == -1) {
        fprintf(stderr, "nstui ls: %s\n", err.text);
        return 2;
    }
    if (request.help) {
        fputs(help_text, stdout);
        return 0;
    }
    if (print_list(&request, &err) == -1) {
        fprintf(stderr, "nstui ls: %s\n", err.text);
        return 1;
    }
    return 0;
}
