/* Links by libnl-route-3, loaded with dlopen(3) when a bridge is asked for. Called by network.c. Knows
 * nothing of containers; the caller sees to it that only our own links are changed. */
#include "link.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "libraries.h"

/* ---- the libraries ------------------------------------------------------------------------- */

LINK_FUNCTIONS(LIBRARY_WEAK)

#define MEMBER(function) __typeof__(&(function)) function;

struct links {
    void *base, *route; /* the libraries */
    struct nl_sock *socket;
    LINK_FUNCTIONS(MEMBER)
};

static int library_missing(const char *what, struct err *err)
{
    (void)err_set(err, 0, "a network on a bridge needs the library libnl-route-3: %s", what);
    if (err)
        err->errnum = ENOENT;
    return err_hint(err, "apt install libnl-route-3-200; --network none needs nothing");
}

static int functions_load(struct links *links, struct err *err)
{
#define ROW(function) {#function, offsetof(struct links, function), (void *)(function)},
    static const struct {
        const char *name;
        size_t offset;
        void *linked; /* where it is, libraries.h */
    } functions[] = {LINK_FUNCTIONS(ROW)};
    bool linked = functions[0].linked != NULL;
    links->base = linked ? NULL : dlopen("libnl-3.so.200", RTLD_NOW | RTLD_LOCAL);
    links->route = links->base ? dlopen("libnl-route-3.so.200", RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!linked && !links->route)
        return library_missing("it is not installed", err);
    for (size_t at = 0; at < array_length(functions); at++) {
        void *function = linked ? functions[at].linked : dlsym(links->route, functions[at].name);
        if (!function && !linked)
            function = dlsym(links->base, functions[at].name);
        if (!function)
            return library_missing("it is too old", err);
        memcpy((char *)links + functions[at].offset, &function, sizeof(function));
    }
    return 0;
}

void links_close(struct links **links)
{
    struct links *own = *links;
    if (!own)
        return;
    if (own->socket)
        own->nl_socket_free(own->socket);
    if (own->route)
        (void)dlclose(own->route);
    if (own->base)
        (void)dlclose(own->base);
    free(own);
    *links = NULL;
}

/* ---- errors -------------------------------------------------------------------------------- */

static int error_number(int code)
{
    static const struct {
        int code, errnum;
    } codes[] = {
        {NLE_EXIST, EEXIST},
        {NLE_PERM, EPERM},
        {NLE_NOACCESS, EACCES},
        {NLE_OPNOTSUPP, EOPNOTSUPP},
        {NLE_NODEV, ENODEV},
        {NLE_OBJ_NOTFOUND, ENODEV},
        {NLE_AF_NOSUPPORT, EAFNOSUPPORT},
        {NLE_INVAL, EINVAL},
        {NLE_BUSY, EBUSY},
        {NLE_NOMEM, ENOMEM},
    };
    code = code < 0 ? -code : code;
    for (size_t at = 0; at < array_length(codes); at++) {
        if (codes[at].code == code)
            return codes[at].errnum;
    }
    return 0;
}

/* "cannot WHAT NAME: REASON" */
static int link_error(struct links *links, int code, const char *what, const char *name,
                      struct err *err)
{
    char shown[WORD_SIZE];
    int errnum = error_number(code);
    if (errnum)
        (void)err_set(err, errnum, "cannot %s%s", what, word(shown, name));
    else
        (void)err_set(err, 0, "cannot %s%s: %s", what, word(shown, name), links->nl_geterror(code));
    if (errnum == EPERM)
        return err_hint(err, "it needs root on the host");
    if (errnum == EOPNOTSUPP)
        return err_hint(err, "this kernel lacks it: modprobe bridge veth");
    return -1;
}

int links_open(struct links **links, struct err *err)
{
    struct links *own = xcalloc(1, sizeof(*own));
    *links = own;
    int code = functions_load(own, err);
    if (code == 0) {
        own->socket = own->nl_socket_alloc();
        code = own->socket ? own->nl_connect(own->socket, NETLINK_ROUTE) : -NLE_NOMEM;
        if (code < 0)
            (void)link_error(own, code, "ask the kernel about network links", "", err);
    }
    if (code == 0)
        return 0;
    links_close(links);
    return -1;
}

/* ---- looking ------------------------------------------------------------------------------- */

static void text_copy(char *to, size_t size, const char *from)
{
    (void)snprintf(to, size, "%s", from ? from : "");
}

int links_list(struct links *links, struct link_list *list, struct err *err)
{
    struct nl_cache *cache = NULL;
    int code = links->rtnl_link_alloc_cache(links->socket, AF_UNSPEC, &cache);
    if (code < 0)
        return link_error(links, code, "list the network links", "", err);
    list->count = 0;
    for (struct nl_object *at = links->nl_cache_get_first(cache); at;
         at = links->nl_cache_get_next(at)) {
        struct rtnl_link *from = (struct rtnl_link *)(void *)at;
        struct link link = {
            .index = links->rtnl_link_get_ifindex(from),
            .master = links->rtnl_link_get_master(from),
        };
        text_copy(link.name, sizeof(link.name), links->rtnl_link_get_name(from));
        text_copy(link.type, sizeof(link.type), links->rtnl_link_get_type(from));
        text_copy(link.alias, sizeof(link.alias), links->rtnl_link_get_ifalias(from));
        link.marked = strcmp(link.alias, LINK_ALIAS) == 0 ||
                      strncmp(link.alias, LINK_ALIAS " ", strlen(LINK_ALIAS " ")) == 0;
        array_grow(&list->items, list->count, &list->capacity, sizeof(link));
        list->items[list->count++] = link;
    }
    links->nl_cache_free(cache);
    return 0;
}

const struct link *link_find(const struct link_list *list, const char *name)
{
    for (size_t at = 0; at < list->count; at++) {
        if (strcmp(list->items[at].name, name) == 0)
            return &list->items[at];
    }
    return NULL;
}

static void network_add(struct links *links, struct link_networks *networks,
                        const struct nl_addr *address, int index)
{
    uint32_t number;
    if (!address || links->nl_addr_get_len(address) != sizeof(number))
        return;
    memcpy(&number, links->nl_addr_get_binary_addr(address), sizeof(number));
    array_grow(&networks->items, networks->count, &networks->capacity, sizeof(*networks->items));
    networks->items[networks->count++] = (struct link_network){
        .network = {.address = ntohl(number), .length = links->nl_addr_get_prefixlen(address)},
        .index = index,
    };
}

int links_networks(struct links *links, struct link_networks *networks, struct err *err)
{
    struct nl_cache *addresses = NULL, *routes = NULL;
    int code = links->rtnl_addr_alloc_cache(links->socket, &addresses);
    if (code == 0)
        code = links->rtnl_route_alloc_cache(links->socket, AF_INET, 0, &routes);
    if (code < 0) {
        if (addresses)
            links->nl_cache_free(addresses);
        return link_error(links, code, "list the networks of this machine", "", err);
    }
    for (struct nl_object *at = links->nl_cache_get_first(addresses); at;
         at = links->nl_cache_get_next(at)) {
        struct rtnl_addr *address = (struct rtnl_addr *)(void *)at;
        network_add(links, networks, links->rtnl_addr_get_local(address),
                    links->rtnl_addr_get_ifindex(address));
    }
    for (struct nl_object *at = links->nl_cache_get_first(routes); at;
         at = links->nl_cache_get_next(at)) {
        struct rtnl_route *route = (struct rtnl_route *)(void *)at;
        network_add(links, networks, links->rtnl_route_get_dst(route), 0);
    }
    links->nl_cache_free(addresses);
    links->nl_cache_free(routes);
    return 0;
}

int links_neighbours(struct links *links, int index, struct link_networks *networks,
                     struct err *err)
{
    struct nl_cache *cache = NULL;
    int code = links->rtnl_neigh_alloc_cache(links->socket, &cache);
    if (code < 0)
        return link_error(links, code, "list the network's neighbours", "", err);
    for (struct nl_object *at = links->nl_cache_get_first(cache); at;
         at = links->nl_cache_get_next(at)) {
        struct rtnl_neigh *neighbour = (struct rtnl_neigh *)(void *)at;
        if (links->rtnl_neigh_get_ifindex(neighbour) == index)
            network_add(links, networks, links->rtnl_neigh_get_dst(neighbour), index);
    }
    links->nl_cache_free(cache);
    return 0;
}

/* ---- changing ------------------------------------------------------------------------------ */

int link_add_bridge(struct links *links, const char *name, struct err *err)
{
    struct rtnl_link *link = links->rtnl_link_alloc();
    int code = -NLE_NOMEM;
    if (link) {
        links->rtnl_link_set_name(link, name);
        code = links->rtnl_link_set_type(link, "bridge");
        if (code == 0)
            code = links->rtnl_link_add(links->socket, link, NLM_F_CREATE | NLM_F_EXCL);
        links->rtnl_link_put(link);
    }
    return code < 0 ? link_error(links, code, "make the bridge ", name, err) : 0;
}

int link_add_veth(struct links *links, const char *name, const char *peer, pid_t pid,
                  struct err *err)
{
    int code = links->rtnl_link_veth_add(links->socket, name, peer, pid);
    return code < 0 ? link_error(links, code, "make the veth pair ", name, err) : 0;
}

static int change_send(struct links *links, const struct link *link,
                       const struct link_change *change)
{
    struct rtnl_link *from = links->rtnl_link_alloc(), *to = links->rtnl_link_alloc();
    int code = -NLE_NOMEM;
    if (from && to) {
        links->rtnl_link_set_ifindex(from, link->index);
        links->rtnl_link_set_ifindex(to, link->index);
        if (change->name)
            links->rtnl_link_set_name(to, change->name);
        if (change->alias)
            links->rtnl_link_set_ifalias(to, change->alias);
        if (change->master)
            links->rtnl_link_set_master(to, change->master);
        if (change->up)
            links->rtnl_link_set_flags(to, IFF_UP);
        code = links->rtnl_link_change(links->socket, from, to, 0);
    }
    if (from)
        links->rtnl_link_put(from);
    if (to)
        links->rtnl_link_put(to);
    return code;
}

int link_change(struct links *links, const struct link *link, const struct link_change *change,
                struct err *err)
{
    struct link_change first = *change;
    int code = 0;
    first.up = false;
    if (first.name || first.alias || first.master)
        code = change_send(links, link, &first);
    if (code == 0 && change->up)
        code = change_send(links, link, &(struct link_change){.up = true});
    return code < 0 ? link_error(links, code, "set up the network link ", link->name, err) : 0;
}

int link_add_address(struct links *links, const struct link *link, struct ipv4 address,
                     struct err *err)
{
    uint32_t number = htonl(address.address);
    uint32_t all =
        htonl(address.address | (address.length < 32 ? UINT32_MAX >> address.length : 0));
    struct rtnl_addr *own = links->rtnl_addr_alloc();
    struct nl_addr *local = links->nl_addr_build(AF_INET, &number, sizeof(number));
    struct nl_addr *broadcast = links->nl_addr_build(AF_INET, &all, sizeof(all));
    int code = -NLE_NOMEM;
    if (own && local && broadcast) {
        links->nl_addr_set_prefixlen(local, (int)address.length);
        links->rtnl_addr_set_ifindex(own, link->index);
        code = links->rtnl_addr_set_local(own, local);
        if (code == 0)
            code = links->rtnl_addr_set_broadcast(own, broadcast);
        if (code == 0)
            code = links->rtnl_addr_add(links->socket, own, 0);
    }
    if (own)
        links->rtnl_addr_put(own);
    if (local)
        links->nl_addr_put(local);
    if (broadcast)
        links->nl_addr_put(broadcast);
    return code < 0
               ? link_error(links, code, "give an address to the network link ", link->name, err)
               : 0;
}

int link_delete(struct links *links, const struct link *link, struct err *err)
{
    struct rtnl_link *own = links->rtnl_link_alloc();
    int code = -NLE_NOMEM;
    if (own) {
        links->rtnl_link_set_ifindex(own, link->index);
        code = links->rtnl_link_delete(links->socket, own);
        links->rtnl_link_put(own);
    }
    if (code < 0 && error_number(code) != ENODEV)
        return link_error(links, code, "remove the network link ", link->name, err);
    return 0;
}
