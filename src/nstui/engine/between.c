/* The process between: enters pid and user namespaces that its child is to be born in, sets the
 * clocks of a new time namespace, and clones the child with CLONE_PARENT, so that the child is ours
 * to wait for. Called by launch.c where a step of its is planned.
 *
 * It shares our table of descriptors and one page of memory, which the kernel fills at the clone: a
 * child that exists is known to us, whenever the process between dies. It must never close a
 * descriptor of ours, and never be looked into by those whose namespaces it has entered.
 * clone(2), pid_namespaces(7), time_namespaces(7), user_namespaces(7). */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "private.h"

/* What it leaves behind. */
struct page {
    int pidfd; /* of the child: in our table of descriptors */
    pid_t pid; /* of the child, as we have it; 0: none */
    int errnum;
    struct err err;
    struct standin standin; /* in our table of descriptors, too */
};

bool between_is_needed(const struct steps *steps)
{
    for (size_t at = 0; at < steps->count; at++) {
        if (steps->items[at].who == STEP_BETWEEN)
            return true;
    }
    return false;
}

/* ---- clocks -------------------------------------------------------------------------------- */

static int clocks_error(struct err *err)
{
    static const struct {
        int errnum;
        const char *hint;
    } hints[] = {
        {ERANGE, "a clock cannot be before the start of the machine, nor 146 years after it"},
        {EPERM, "this needs CAP_SYS_TIME: run it with sudo"},
        {ENOENT, "this kernel has no time namespaces, or /proc is not mounted"},
    };
    int errnum = errno;
    (void)err_set(err, errnum, "cannot set the clocks of the new time namespace");
    for (size_t at = 0; at < array_length(hints); at++) {
        if (hints[at].errnum == errnum)
            return err_hint(err, "%s", hints[at].hint);
    }
    return -1;
}

/* own: our folder in the host's /proc, which a mount namespace entered meanwhile may lack. root: we
 * were root before we entered anything; who is root in there now may be anybody. */
static int clocks_set(struct kernel *kernel, const struct step *step, int own, bool root,
                      struct err *err)
{
    static const char *const failures[] = {"cannot make a new time namespace",
                                           "cannot make new user and time namespaces"};
    if (kernel_unshare(kernel, (int)step->flags) < 0) {
        (void)err_set(err, errno, "%s", failures[!!(step->flags & CLONE_NEWUSER)]);
        return errno == EINVAL ? err_hint(err, "this kernel lacks one of these types") : -1;
    }
    _cleanup_close_ int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int before = prctl(PR_GET_DUMPABLE);
    /* The file is root's as long as we are not to be looked into: proc(5). */
    if (!root)
        (void)prctl(PR_SET_DUMPABLE, 1);
    if (own < 0 || fchdir(own) < 0 || kernel_write(kernel, "timens_offsets", step->target) < 0)
        (void)clocks_error(err);
    (void)prctl(PR_SET_DUMPABLE, before);
    if (here >= 0 && fchdir(here) < 0 && !err->text[0])
        return err_set(err, errno, "cannot go back to the working directory");
    return err->text[0] ? -1 : 0;
}

/* ---- its life ------------------------------------------------------------------------------ */

/* One round of entering. left: in, the types to try; out, those over which we have no rights yet. */
static int enter_round(struct launch *launch, struct kernel *kernel, bool once_more,
                       unsigned long *left, struct err *err)
{
    unsigned long wanted = *left;
    *left = 0;
    for (size_t at = 0; at < launch->steps.count; at++) {
        const struct step *step = &launch->steps.items[at];
        if (step->kind != STEP_ENTER_EARLY || !(step->flags & wanted))
            continue;
        if (shares_enter(kernel, &launch->shares, step, err) == 0)
            continue;
        if (err->errnum != EPERM || !once_more)
            return -1;
        *err = (struct err){0};
        *left |= step->flags;
    }
    return 0;
}

/* What we have rights over as we are, then the user namespace, then what that gives rights over. */
static int between_enter(struct launch *launch, struct kernel *kernel, struct err *err)
{
    bool user = launch->shares.handles[NS_USER] >= 0;
    unsigned long left = ~0UL & ~(unsigned long)CLONE_NEWUSER, only_user = CLONE_NEWUSER;
    if (enter_round(launch, kernel, user, &left, err) < 0 ||
        enter_round(launch, kernel, false, &only_user, err) < 0)
        return -1;
    return enter_round(launch, kernel, false, &left, err);
}

static int between_steps(struct launch *launch, struct kernel *kernel, struct err *err)
{
    _cleanup_close_ int own = -1;
    bool root = geteuid() == 0;
    const struct step *clocks = NULL;
    for (size_t at = 0; at < launch->steps.count; at++) {
        if (launch->steps.items[at].kind == STEP_TIME)
            clocks = &launch->steps.items[at];
    }
    if (clocks)
        own = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    /* In there somebody may have the right to look into us: we hold descriptors of the host's. The
     * child inherits it, until it is another program. */
    if (launch->spec->shared & (NS_BIT(NS_USER) | NS_BIT(NS_PID)))
        (void)prctl(PR_SET_DUMPABLE, 0);
    /* In there they may not be given up any more, where its maps say so. */
    if (launch->spec->shared & NS_BIT(NS_USER))
        (void)setgroups(0, NULL);
    if (between_enter(launch, kernel, err) < 0)
        return -1;
    if (!clocks)
        return 0;
    kernel->from = clocks->source;
    kernel->to = clocks->target;
    return clocks_set(kernel, clocks, own, root, err);
}

/* 0 in the child; the process between itself ends here. */
static pid_t between_run(struct launch *launch, unsigned long flags, struct page *page)
{
    struct kernel kernel = {.recorder = launch->kernel.recorder, .who = TRACE_BETWEEN};
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if ((launch->spec->omit & OMIT_PRIVATE) &&
        standin_enter(&kernel, &page->standin, &page->err) < 0)
        _exit(1);
    if (between_steps(launch, &kernel, &page->err) < 0)
        _exit(1);
    pid_t child = kernel_clone(&kernel, flags | CLONE_PARENT, &page->pidfd);
    if (child == 0)
        return 0;
    page->errnum = errno;
    if (child > 0)
        page->pid = child;
    else if (page->errnum == ENOMEM && (launch->spec->shared & NS_BIT(NS_PID))) {
        (void)err_set(&page->err, ENOMEM, "cannot start a process in the pid namespace");
        (void)pid_ended_hint(&page->err);
    }
    _exit(child < 0);
}

/* It was killed after the clone and before it could tell. */
static void orphan_end(struct page *page)
{
    if (page->pid > 0 || page->pidfd < 0 || pidfd_pid(page->pidfd) <= 0)
        return;
    engine_process_end(page->pidfd);
    (void)close(page->pidfd);
}

pid_t between_clone(struct launch *launch, unsigned long flags, int *pidfd, struct err *err)
{
    int between = -1;
    struct page *page =
        mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return err_set(err, errno, "cannot share memory with a process");
    page->pidfd = -1;
    standin_clear(&page->standin);
    pid_t pid = kernel_clone(&launch->kernel, CLONE_FILES, &between);
    if (pid == 0)
        return between_run(launch, flags, page);
    if (pid < 0) {
        (void)err_set(err, errno, "cannot start a process");
        (void)munmap(page, sizeof(*page));
        return -1;
    }
    engine_process_collect(between);
    (void)close(between);
    pid_t child = page->pid > 0 ? page->pid : -1;
    int errnum = page->errnum;
    launch->standin = page->standin;
    if (child > 0) {
        *pidfd = page->pidfd;
    } else {
        orphan_end(page);
        if (page->err.text[0])
            *err = page->err;
        else if (errnum == 0)
            (void)err_set(err, 0,
                          "the process that enters namespaces for the container was killed");
    }
    (void)munmap(page, sizeof(*page));
    errno = errnum;
    return child;
}
