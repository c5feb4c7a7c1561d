/* The host's side of a container's network: the bridge, made where it is missing, the host's end of the
 * veth pair in it, and an address that nobody else has. Called by the parent of a launch while the child
 * waits, and by outside.c at the end. Changes no link but those that bear our alias; the way from the
 * bridge to the outer world is the host's business. bridge(8) */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "link.h"

#define LOCK_PATH        "/run/nstui-network.lock"
#define LOCK_PATIENCE_MS 10000
#define LOCK_PAUSE_MS    5

/* ---- one at a time ------------------------------------------------------------------------------ */

/* Who looks what is free and takes it does so alone. Only root can open the file, so nobody else can
 * hold us up; it is there only while somebody holds it. Returns a descriptor. */
static int lock_take(struct err *err)
{
    int64_t end_ms = clock_monotonic_ms() + LOCK_PATIENCE_MS;
    for (;;) {
        struct stat ours, there;
        int fd = open(LOCK_PATH, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return err_set(err, errno, "cannot open %s", LOCK_PATH);
        if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &ours) == 0 &&
            stat(LOCK_PATH, &there) == 0 && ours.st_ino == there.st_ino)
            return fd;
        (void)close(fd);
        if (clock_monotonic_ms() > end_ms)
            return err_set(err, 0, "cannot set up a network: another nstui holds %s", LOCK_PATH);
        const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
        (void)nanosleep(&pause, NULL);
    }
}

static void lock_release(int *fd)
{
    if (*fd < 0)
        return;
    (void)unlink(LOCK_PATH);
    (void)close(*fd);
}
#define _cleanup_lock_ __attribute__((cleanup(lock_release)))

/* ---- what there is ------------------------------------------------------------------------------ */

struct scene {
    struct links *links;
    struct link_list list;
    struct link_networks networks; /* of the host, before we add one */
};

static void scene_close(struct scene *scene)
{
    links_close(&scene->links);
    free(scene->list.items);
    free(scene->networks.items);
}
#define _cleanup_scene_ __attribute__((cleanup(scene_close)))

static int scene_open(struct scene *scene, struct err *err)
{
    if (links_open(&scene->links, err) < 0 || links_list(scene->links, &scene->list, err) < 0 ||
        links_networks(scene->links, &scene->networks, err) < 0)
        return -1;
    return 0;
}

/* The first address that a link bears; length 0: none. */
static struct ipv4 link_address(const struct scene *scene, const struct link *link)
{
    for (size_t at = 0; at < scene->networks.count; at++) {
        if (scene->networks.items[at].index == link->index)
            return scene->networks.items[at].network;
    }
    return (struct ipv4){0};
}

/* The address that a container at the other end of one of our links has: it is in the alias. */
static bool link_claims(const struct link *link, struct ipv4 *ipv4)
{
    char text[IPV4_SIZE];
    if (!link->marked || sscanf(link->alias, LINK_ALIAS " %23s", text) != 1)
        return false;
    return ipv4_parse(text, true, ipv4, NULL) == 0;
}

/* ---- the bridge --------------------------------------------------------------------------------- */

/* Private networks that are seldom met elsewhere; the first that no route and no address of this
 * machine overlaps. */
static int network_choose(const struct scene *scene, struct ipv4 *bridge, struct err *err)
{
    static const uint32_t firsts[] = {0x0a584d01, 0xac1d4d01, 0xc0a8b101}; /* 10.88.77.1 172.29.77.1
                                                                              192.168.177.1 */
    for (size_t first = 0; first < array_length(firsts); first++) {
        for (uint32_t more = 0; more < 32; more++) {
            bool free_net = true;
            *bridge = (struct ipv4){.address = firsts[first] + (more << 8), .length = 24};
            for (size_t at = 0; at < scene->networks.count; at++) {
                struct ipv4 other = scene->networks.items[at].network;
                if (other.length > 0 && ipv4_overlaps(*bridge, other))
                    free_net = false; /* a default route has the length 0 */
            }
            if (free_net)
                return 0;
        }
    }
    (void)err_set(err, 0, "no private network is free for a bridge");
    return err_hint(err, "name one: --ip ADDRESS/LENGTH");
}

/* The address of a new bridge: the gateway that was asked for, else the first of the network that the
 * container's address is in, else of a network that is free. */
static int bridge_address(const struct scene *scene, const struct network *network,
                          struct ipv4 *bridge, struct err *err)
{
    struct ipv4 own = {0}, gateway = {0};
    if (network->address && ipv4_parse(network->address, true, &own, err) < 0)
        return -1;
    if (network->gateway && *network->gateway &&
        ipv4_parse(network->gateway, false, &gateway, err) < 0)
        return -1;
    if (gateway.address) {
        *bridge = (struct ipv4){gateway.address, own.length ? own.length : 24};
        return 0;
    }
    if (!own.length)
        return network_choose(scene, bridge, err);
    uint32_t net = own.address & ipv4_mask(own.length);
    *bridge = (struct ipv4){net + (own.address == net + 1 ? 2 : 1), own.length};
    return 0;
}

/* Looks again, after a change. */
static const struct link *scene_find(struct scene *scene, const char *name, struct err *err)
{
    char shown[WORD_SIZE];
    if (links_list(scene->links, &scene->list, err) < 0)
        return NULL;
    const struct link *link = link_find(&scene->list, name);
    if (!link)
        (void)err_set(err, 0, "the network link %s has gone again", word(shown, name));
    return link;
}

/* Made under a name with our tag, which is proof enough where we are killed before it bears the
 * alias: name and alias then come in one message. */
static const struct link *bridge_make(struct scene *scene, const char *name, const char *tag,
                                      struct err *err)
{
    char first[IF_NAMESIZE];
    (void)snprintf(first, sizeof(first), "nsb-%s", tag);
    if (link_add_bridge(scene->links, first, err) < 0)
        return NULL;
    const struct link *link = scene_find(scene, first, err);
    const struct link_change change = {.name = name, .alias = LINK_ALIAS};
    if (!link || link_change(scene->links, link, &change, err) < 0)
        return NULL;
    return scene_find(scene, name, err);
}

/* The bridge, with the address that it has or now gets; length 0: somebody else's that has none. */
static const struct link *bridge_ready(struct scene *scene, const struct spec *spec,
                                       const char *tag, struct ipv4 *address, struct err *err)
{
    const char *name = spec->network.bridge ? spec->network.bridge : BRIDGE_DEFAULT;
    const struct link *link = link_find(&scene->list, name);
    if (link && strcmp(link->type, "bridge") != 0) {
        (void)err_set(err, 0, "the network link %s is no bridge", name);
        return err_hint(err, "--network bridge:NAME takes one that exists, or makes it"), NULL;
    }
    if (!link && !(link = bridge_make(scene, name, tag, err)))
        return NULL;
    *address = link_address(scene, link);
    if (!link->marked)
        return link;
    if (!address->length && (bridge_address(scene, &spec->network, address, err) < 0 ||
                             link_add_address(scene->links, link, *address, err) < 0))
        return NULL;
    return link_change(scene->links, link, &(struct link_change){.up = true}, err) < 0 ? NULL
                                                                                       : link;
}

/* ---- an address for the container ---------------------------------------------------------------- */

/* Who has an address: the bridge, a living container, a neighbour that the kernel has met; NULL: it is
 * free. */
static const char *address_owner(const struct scene *scene, const struct link_networks *neighbours,
                                 uint32_t address)
{
    for (size_t at = 0; at < scene->list.count; at++) {
        struct ipv4 claimed;
        const struct link *link = &scene->list.items[at];
        if (link_claims(link, &claimed) && claimed.address == address)
            return link->name;
    }
    for (size_t at = 0; at < scene->networks.count; at++) {
        if (scene->networks.items[at].index && scene->networks.items[at].network.address == address)
            return "the host";
    }
    for (size_t at = 0; at < neighbours->count; at++) {
        if (neighbours->items[at].network.address == address)
            return "a neighbour";
    }
    return NULL;
}

static int address_choose(const struct scene *scene, const struct link *bridge,
                          struct ipv4 bridge_own, const struct network *network, struct ipv4 *own,
                          struct err *err)
{
    struct link_networks neighbours = {0};
    char shown[IPV4_SIZE];
    int result = links_neighbours(scene->links, bridge->index, &neighbours, err);
    if (result == 0 && network->address) {
        result = ipv4_parse(network->address, true, own, err);
        const char *owner = result == 0 ? address_owner(scene, &neighbours, own->address) : NULL;
        if (result == 0 && own->address == bridge_own.address)
            owner = bridge->name;
        if (owner && strcmp(owner, "a neighbour") != 0)
            result = err_set(err, 0, "the address %s is taken: %s has it", ipv4_format(*own, shown),
                             owner);
    } else if (result == 0 && !bridge_own.length) {
        (void)err_set(err, 0, "the bridge %s has no address to choose one beside", bridge->name);
        result = err_hint(err, "add --ip ADDRESS/LENGTH");
    } else if (result == 0) {
        uint32_t net = bridge_own.address & ipv4_mask(bridge_own.length);
        uint32_t last = net | ~ipv4_mask(bridge_own.length);
        uint32_t at = net + 1;
        while (at < last && (at == bridge_own.address || address_owner(scene, &neighbours, at)))
            at++;
        *own = (struct ipv4){at, bridge_own.length};
        if (at >= last)
            result = err_set(err, 0, "every address of the network of %s is taken (%s)",
                             bridge->name, ipv4_format(bridge_own, shown));
    }
    free(neighbours.items);
    return result;
}

/* What the child is told, after its "g": address and gateway. */
static void go_write(struct launch *launch, struct ipv4 own, struct ipv4 bridge)
{
    const char *asked = launch->spec->network.gateway;
    char address[IPV4_SIZE], gateway[IPV4_SIZE] = "";
    bool beside = bridge.length && ipv4_overlaps(own, (struct ipv4){bridge.address, 32});
    bridge.length = 0;
    if (asked)
        (void)snprintf(gateway, sizeof(gateway), "%s", asked);
    else if (beside)
        ipv4_format(bridge, gateway);
    (void)snprintf(launch->go, sizeof(launch->go), "g%s%s%s", ipv4_format(own, address),
                   *gateway ? " " : "", gateway);
}

int parent_network(struct launch *launch, const struct step *step, struct err *err)
{
    (void)step;
    const struct spec *spec = launch->spec;
    char name[IF_NAMESIZE], alias[64], shown[IPV4_SIZE];
    struct ipv4 bridge_own = {0}, own = {0};
    _cleanup_scene_ struct scene scene = {0};
    _cleanup_lock_ int lock = lock_take(err);
    if (lock < 0 || scene_open(&scene, err) < 0)
        return -1;
    const struct link *bridge = bridge_ready(&scene, spec, launch->tag, &bridge_own, err);
    if (!bridge || address_choose(&scene, bridge, bridge_own, &spec->network, &own, err) < 0)
        return -1;
    int bridge_index = bridge->index;
    (void)snprintf(name, sizeof(name), "nst-%s", launch->tag);
    if (link_add_veth(scene.links, name, CHILD_LINK, launch->pid, err) < 0)
        return -1;
    const struct link *link = scene_find(&scene, name, err);
    (void)snprintf(alias, sizeof(alias), LINK_ALIAS " %s", ipv4_format(own, shown));
    const struct link_change change = {.alias = alias, .master = bridge_index, .up = true};
    if (!link || link_change(scene.links, link, &change, err) < 0)
        return -1;
    go_write(launch, own, bridge_own);
    return 0;
}

/* ---- the end ------------------------------------------------------------------------------------- */

static bool bridge_is_used(const struct link_list *list, const struct link *bridge)
{
    for (size_t at = 0; at < list->count; at++) {
        if (list->items[at].master == bridge->index)
            return true;
    }
    return false;
}

static bool link_is_of(const struct link *link, const char *tag)
{
    char host[IF_NAMESIZE], bridge[IF_NAMESIZE];
    (void)snprintf(host, sizeof(host), "nst-%s", tag);
    (void)snprintf(bridge, sizeof(bridge), "nsb-%s", tag);
    if (strcmp(link->name, host) == 0) /* without the alias it goes with the other end */
        return link->marked && strcmp(link->type, "veth") == 0;
    return strcmp(link->name, bridge) == 0 && strcmp(link->type, "bridge") == 0;
}

int bridge_clean(const char *tag, struct err *err)
{
    struct err why = {0};
    int result = 0;
    _cleanup_scene_ struct scene scene = {0};
    if (links_open(&scene.links, &why) < 0) {
        if (why.errnum == ENOENT) /* without the library nothing can have been made */
            return 0;
        if (err)
            *err = why;
        return -1;
    }
    _cleanup_lock_ int lock = lock_take(err);
    if (lock < 0 || links_list(scene.links, &scene.list, err) < 0)
        return -1;
    for (size_t at = 0; at < scene.list.count; at++) {
        if (link_is_of(&scene.list.items[at], tag) &&
            link_delete(scene.links, &scene.list.items[at], err) < 0)
            result = -1;
    }
    if (links_list(scene.links, &scene.list, err) < 0)
        return -1;
    for (size_t at = 0; at < scene.list.count; at++) {
        const struct link *link = &scene.list.items[at];
        if (link->marked && strcmp(link->type, "bridge") == 0 &&
            !bridge_is_used(&scene.list, link) && link_delete(scene.links, link, err) < 0)
            result = -1;
    }
    return result;
}
