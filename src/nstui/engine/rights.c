/* What a grade takes away. Grade lab stands against accidents: SYS_ADMIN stays, so it is no wall.
 * capabilities(7). */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "private.h"

/* With these a mistake in a container would be one on the host. */
static const int dropped[] = {
    CAP_MKNOD,    CAP_SYS_MODULE, CAP_SYS_RAWIO,    CAP_SYS_BOOT,
    CAP_SYS_TIME, CAP_MAC_ADMIN,  CAP_MAC_OVERRIDE, CAP_SYSLOG,
};

/* The bounding set alone would not do: execve(2) also grants what is inheritable. */
static int inheritable_clear(struct err *err)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capget, &header, sets) < 0)
        return err_set(err, errno, "cannot read the capabilities");
    if (!sets[0].inheritable && !sets[1].inheritable)
        return 0;
    sets[0].inheritable = sets[1].inheritable = 0;
    if (syscall(SYS_capset, &header, sets) < 0)
        return err_set(err, errno, "cannot set the capabilities");
    return 0;
}

int rights_check(struct spec *spec, struct err *err)
{
    (void)spec, (void)err;
    return 0;
}

void rights_plan(struct steps *steps, const struct spec *spec)
{
    if (spec->grade != GRADE_PRIVILEGED)
        step_add_child(steps, STEP_CAPS, NULL, NULL);
}

int step_rlimits(struct setup *setup, const struct step *step, struct err *err)
{
    (void)setup, (void)step, (void)err;
    return 0;
}

int step_identity(struct setup *setup, const struct step *step, struct err *err)
{
    (void)setup, (void)step, (void)err;
    return 0;
}

int step_no_new_privs(struct setup *setup, const struct step *step, struct err *err)
{
    (void)setup, (void)step, (void)err;
    return 0;
}

int step_caps(struct setup *setup, const struct step *step, struct err *err)
{
    (void)setup, (void)step;
    for (size_t at = 0; at < array_length(dropped); at++) {
        /* EINVAL: a kernel without it. EPERM: we have no rights and there are none to drop. */
        if (prctl(PR_CAPBSET_DROP, dropped[at], 0, 0, 0) < 0 && errno != EINVAL && errno != EPERM)
            return err_set(err, errno, "cannot drop a capability");
    }
    return inheritable_clear(err);
}
