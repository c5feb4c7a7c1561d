/* The same root as an OCI bundle, for the engines that want one: what the layout studio brings, and
 * nothing that it does not bring. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

const char *const *bench_binds(void)
{
    static const char *const all[] = {"/bin",   "/sbin",   "/lib", "/lib32",
                                      "/lib64", "/libx32", "/usr", "/etc"};
    static const char *found[sizeof(all) / sizeof(all[0]) + 1];
    size_t count = 0;
    for (size_t at = 0; at < sizeof(all) / sizeof(all[0]); at++) {
        if (access(all[at], F_OK) == 0)
            found[count++] = all[at];
    }
    found[count] = NULL;
    return found;
}

static void mounts_write(FILE *file)
{
    static const char capabilities[] =
        "[\"CAP_CHOWN\",\"CAP_DAC_OVERRIDE\",\"CAP_FOWNER\",\"CAP_KILL\",\"CAP_SETGID\","
        "\"CAP_SETUID\",\"CAP_NET_ADMIN\",\"CAP_SYS_ADMIN\",\"CAP_SYS_CHROOT\"]";
    (void)fprintf(file, "\"capabilities\":{\"bounding\":%s,\"effective\":%s,\"permitted\":%s}},\n",
                  capabilities, capabilities, capabilities);
    (void)fprintf(file, "\"mounts\":[\n");
    for (const char *const *bind = bench_binds(); *bind; bind++)
        (void)fprintf(file,
                      "{\"destination\":\"%s\",\"source\":\"%s\",\"type\":\"bind\","
                      "\"options\":[\"rbind\",\"ro\"]},\n",
                      *bind, *bind);
    (void)fprintf(file, "{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"},\n"
                        "{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\","
                        "\"options\":[\"nosuid\",\"mode=755\"]},\n"
                        "{\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"source\":\"devpts\","
                        "\"options\":[\"nosuid\",\"noexec\",\"newinstance\",\"ptmxmode=0666\","
                        "\"mode=0620\"]}],\n");
}

int bench_bundle_write(const char *folder, const char *root)
{
    char path[4096];
    (void)snprintf(path, sizeof(path), "%s/config.json", folder);
    FILE *file = mkdir(folder, 0755) < 0 && errno != EEXIST ? NULL : fopen(path, "we");
    if (!file) {
        (void)fprintf(stderr, "cannot write %s: %s\n", path, strerror(errno));
        return -1;
    }
    (void)fprintf(file,
                  "{\"ociVersion\":\"1.0.2\",\"root\":{\"path\":\"%s\"},\n"
                  "\"process\":{\"terminal\":false,\"user\":{\"uid\":0,\"gid\":0},"
                  "\"args\":[\"true\"],\"cwd\":\"/\",\n\"env\":[\"PATH=/usr/sbin:/usr/bin:/sbin:"
                  "/bin\"],\n",
                  root);
    mounts_write(file);
    (void)fprintf(file, "\"linux\":{\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"mount\"},"
                        "{\"type\":\"uts\"},{\"type\":\"ipc\"},{\"type\":\"network\"}],\n"
                        "\"readonlyPaths\":[\"/proc/sys\",\"/proc/sysrq-trigger\"]}}\n");
    return fclose(file) == 0 ? 0 : -1;
}
