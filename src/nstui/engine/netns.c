/* Networks that ip(8) has given a name: /run/netns/NAME is the namespace, /etc/netns/NAME has files
 * for those who are in it. Called by share.c and join.c; only looks. ip-netns(8). */
#include <string.h>
#include <sys/stat.h>

#include "target.h"

char *netns_files(const char *path)
{
    static const char *const folders[] = {"/run/netns/", "/var/run/netns/"};
    struct stat status;
    for (size_t at = 0; at < array_length(folders); at++) {
        size_t length = strlen(folders[at]);
        const char *name = path + length;
        if (strncmp(path, folders[at], length) != 0 || !*name || strchr(name, '/') ||
            strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        char *folder = xasprintf("/etc/netns/%s", name);
        if (stat(folder, &status) == 0 && S_ISDIR(status.st_mode))
            return folder;
        cleanup_free(&folder);
    }
    return NULL;
}
