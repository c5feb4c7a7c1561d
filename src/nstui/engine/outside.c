/* What a launch makes outside of its namespaces, as a whole: whether there is anything, its tag, and its
 * end. Called by launch.c, and by the supervisor at the end of a session or of one that was killed. */
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "link.h"

#define TAG_LENGTH 8

bool engine_outside_wanted(const struct spec *spec)
{
    const struct limits *limits = &spec->limits;
    return limits->memory_bytes || limits->processes || limits->cpu_quota_us ||
           limits->cpu_weight || spec->network.kind == NETWORK_BRIDGE;
}

void engine_tag_make(char tag[TAG_LENGTH + 1])
{
    static const char digits[] = "0123456789abcdef";
    uint32_t number;
    if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != sizeof(number)) {
        struct timespec now; /* so early after boot that there is no randomness yet */
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        number = (uint32_t)now.tv_nsec ^ ((uint32_t)getpid() << 12);
    }
    for (size_t at = 0; at < TAG_LENGTH; at++, number >>= 4)
        tag[at] = digits[number & 15];
    tag[TAG_LENGTH] = '\0';
}

/* Also after a state file that somebody has edited: what is no tag finds nothing. */
static bool tag_is_good(const char *tag)
{
    return strlen(tag) == TAG_LENGTH && strspn(tag, "0123456789abcdef") == TAG_LENGTH;
}

int engine_outside_clean(const char *name, const char *tag, struct err *err)
{
    char shown[WORD_SIZE];
    if (!tag || !tag_is_good(tag))
        return 0;
    int result = cgroup_remove(tag, err);
    if (geteuid() == 0 && bridge_clean(tag, result < 0 ? NULL : err) < 0)
        result = -1;
    if (result < 0 && name)
        return err_prefix(err, "%s", word(shown, name));
    return result;
}
