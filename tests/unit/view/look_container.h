/* What test_look.c looks at: containers made by hand in a root of their own, and a look at them by a
 * child, as the dashboard does it. Included by that test alone, after its other headers. */
#ifndef NSTUI_TEST_LOOK_CONTAINER_H
#define NSTUI_TEST_LOOK_CONTAINER_H

/* ---- a container ---------------------------------------------------------------------------- */

enum box_proc { BOX_PROC_OWN, BOX_PROC_HOST, BOX_PROC_NONE, BOX_PROC_PART };

struct box {
    const char *root;     /* its root directory; null: the host's */
    const char *hostname; /* null: none set */
    enum box_proc proc;
    int (*prepare)(void); /* last, inside the root; 0: well */
    pid_t pid;            /* as the host counts */
    int ready[2];
};

#define BOX_FLAGS (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | SIGCHLD)

static int box_mount_proc(const struct box *box)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/proc", box->root ? box->root : "");
    switch (box->proc) {
    case BOX_PROC_OWN:
        return mount("proc", path, "proc", 0, NULL);
    case BOX_PROC_HOST:
        return box->root ? mount("/proc", path, NULL, MS_BIND | MS_REC, NULL) : 0;
    case BOX_PROC_PART:
        return mount("/proc/sys", path, NULL, MS_BIND, NULL);
    case BOX_PROC_NONE:
        break;
    }
    return 0;
}

static int box_main(void *data)
{
    struct box *box = data;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bool well = mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
                box_mount_proc(box) == 0 && (!box->root || chroot(box->root) == 0) &&
                chdir("/") == 0 &&
                (!box->hostname || sethostname(box->hostname, strlen(box->hostname)) == 0) &&
                (!box->prepare || box->prepare() == 0);
    if (!well)
        _exit(1);
    if (fork() == 0) { /* a second process, with a name that no terminal should get */
        prctl(PR_SET_NAME, "in\033]0;x");
        for (;;)
            pause();
    }
    if (write(box->ready[1], "1", 1) != 1)
        _exit(1);
    for (;;)
        pause();
}

static void box_start(struct box *box)
{
    static char stack[64 * 1024] __attribute__((aligned(16)));
    char answer;
    need_root();
    assert_int_equal(pipe2(box->ready, O_CLOEXEC), 0);
    box->pid = clone(box_main, stack + sizeof(stack), BOX_FLAGS, box);
    assert_true(box->pid > 0);
    close(box->ready[1]);
    assert_int_equal(read(box->ready[0], &answer, 1), 1);
    close(box->ready[0]);
}

static void box_end(const struct box *box)
{
    kill(box->pid, SIGKILL);
    assert_int_equal(waitpid(box->pid, NULL, 0), box->pid);
}

/* A root directory with proc and etc in it. */
static const char *root_make(void)
{
    const char *root = test_folder();
    assert_int_equal(mkdir(test_path("%s/proc", root), 0755), 0);
    assert_int_equal(mkdir(test_path("%s/etc", root), 0755), 0);
    return root;
}

/* ---- looking: as the dashboard does, by a child ----------------------------------------------- */

/* Runs look_main in a child of its own; its output is the caller's, *status as of waitpid(2). */
static char *look_run(const char *whom, const char *what, const char *option, int *status)
{
    char *words[] = {(char *)(uintptr_t) "look", (char *)(uintptr_t)whom, (char *)(uintptr_t)what,
                     (char *)(uintptr_t)option, NULL};
    int ends[2];
    struct text output = {0};
    char chunk[65536];
    ssize_t got;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        _exit(look_main(option ? 4 : 3, words));
    }
    close(ends[1]);
    while ((got = read(ends[0], chunk, sizeof(chunk))) > 0)
        text_add_bytes(&output, chunk, (size_t)got);
    close(ends[0]);
    assert_int_equal(waitpid(child, status, 0), child);
    text_add(&output, "");
    return output.data;
}

static void look_at(pid_t pid, const char *what, struct look *look)
{
    struct err err = {0};
    int status;
    char whom[32];
    snprintf(whom, sizeof(whom), "%d", (int)pid);
    _cleanup_free_ char *json = look_run(pid == 0 ? "host" : whom, what, NULL, &status);
    *look = (struct look){0};
    if (look_parse(json, strlen(json), look, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(status, 0);
}

static const struct look_process *find(const struct look *look, pid_t pid)
{
    for (size_t i = 0; i < look->ps.count; i++)
        if (look->ps.rows[i].pid == pid)
            return &look->ps.rows[i];
    return NULL;
}

#endif
