/* The seccomp filter: which profile is in force, compiled by the parent before the clone, set by the
 * child as its last act. seccomp(2). */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"

#define PROFILE_MAX (1U << 20) /* bytes */

int spec_seccomp(const struct spec *spec, char **json, struct err *err)
{
    *json = NULL;
    if (spec->seccomp) {
        if (spec->seccomp[0])
            *json = xstrdup(spec->seccomp);
        return 0;
    }
    if (spec->grade != GRADE_WALLED)
        return 0;
    _cleanup_free_ char *path = NULL;
    if (assets_find("seccomp/walled.json", &path, err) < 0)
        return -1;
    return file_read(AT_FDCWD, path, PROFILE_MAX, json, NULL, err);
}

bool filter_guards_names(const struct spec *spec)
{
    return spec->grade == GRADE_LAB && !spec->seccomp && !spec->identity.given &&
           !((spec->namespaces | spec->shared) & (NS_BIT(NS_UTS) | NS_BIT(NS_USER))) &&
           geteuid() == 0;
}

/* Grade lab, and the uts namespace is the host's: the classic slip is to forget -u, and `hostname NAME`
 * would rename the host. SYS_ADMIN stays, so the two calls themselves are refused. Against accidents:
 * what is called in another way than this machine's own passes. */
static struct filter *names_guard(void)
{
    static const struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sethostname, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_setdomainname, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct filter *filter = xcalloc(1, sizeof(*filter));
    filter->program.filter = xmalloc(sizeof(program));
    memcpy(filter->program.filter, program, sizeof(program));
    filter->program.len = array_length(program);
    return filter;
}

int filter_compile(const struct spec *spec, struct filter **filter, struct err *err)
{
    _cleanup_free_ char *text = NULL;
    *filter = NULL;
    if (spec_seccomp(spec, &text, err) < 0)
        return -1;
    if (!text && filter_guards_names(spec))
        *filter = names_guard();
    if (!text)
        return 0;
    struct filter *made = xcalloc(1, sizeof(*made));
    if (profile_compile(text, made, err) < 0) {
        filter_free(made);
        return -1;
    }
    *filter = made;
    return 0;
}

void filter_free(struct filter *filter)
{
    if (!filter)
        return;
    free(filter->program.filter);
    free(filter);
}

int filter_memory(const char *json, struct err *err)
{
    struct filter filter = {0};
    if (profile_compile(json, &filter, err) < 0) {
        free(filter.program.filter);
        return -1;
    }
    _cleanup_close_ int memory = memfd_create("filter", MFD_CLOEXEC);
    size_t length = filter.program.len * sizeof(struct sock_filter);
    int result = memory < 0 ? err_set(err, errno, "cannot make memory for the seccomp filter")
                            : fd_write_all(memory, filter.program.filter, length, err);
    free(filter.program.filter);
    return result < 0 ? -1 : fd_take(&memory);
}

int step_seccomp(struct setup *setup, const struct step *step, struct err *err)
{
    (void)step;
    const struct filter *filter = setup->filter;
    if (!filter)
        return 0;
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, filter->flags, &filter->program) == 0)
        return 0;
    int errnum = errno;
    (void)err_set(err, errnum, "cannot set the seccomp filter");
    if (errnum == EACCES)
        return err_hint(err, "without root it needs no_new_privs: add --no-new-privs");
    if (errnum == ENOSYS)
        return err_hint(err, "this kernel has no seccomp");
    return -1;
}
