/* Network links by netlink, for network.c, bridge.c and outside.c alone: what there is, and the few changes that a
 * bridge and a veth pair need. The libraries (libnl-3, libnl-route-3) are loaded when links_open() is
 * called and not before, so that a launch without a bridge pays nothing. rtnetlink(7), veth(4). */
#ifndef NSTUI_ENGINE_LINK_H
#define NSTUI_ENGINE_LINK_H

#include <net/if.h>

#include "private.h"

/* An IPv4 address with the length of its network; numbers as the machine has them. */
struct ipv4 {
    uint32_t address;
    unsigned length;
};

/* ---- network.c ----------------------------------------------------------------------------- */

/* Reads "10.88.77.2/24", or with length_wanted false an address alone. -1 with a sentence. */
int ipv4_parse(const char *text, bool length_wanted, struct ipv4 *ipv4, struct err *err);

/* Writes "10.88.77.2/24", without a length where that is 0. Returns text. */
#define IPV4_SIZE 24
char *ipv4_format(struct ipv4 ipv4, char text[IPV4_SIZE]);

uint32_t ipv4_mask(unsigned length);
bool ipv4_overlaps(struct ipv4 one, struct ipv4 other);

/* ---- bridge.c ------------------------------------------------------------------------------ */

/* Removes the host's end of the veth pair of a tag and every bridge of ours that is empty. */
int bridge_clean(const char *tag, struct err *err);

#define BRIDGE_DEFAULT "nstui0"
#define CHILD_LINK     "eth0" /* how the container's end is called in there */

/* ---- link.c -------------------------------------------------------------------------------- */

struct link {
    int index, master; /* master 0: in no bridge */
    char name[IF_NAMESIZE];
    char type[16];  /* "bridge", "veth", "" .. */
    char alias[64]; /* "": none */
    bool marked;    /* the alias begins with ours */
};

struct link_list {
    struct link *items;
    size_t count, capacity;
};

/* An address or the target of a route; both say that a network is in use. */
struct link_network {
    struct ipv4 network;
    int index; /* of the link that bears the address; 0: a route */
};

struct link_networks {
    struct link_network *items;
    size_t count, capacity;
};

struct links;

/* A socket in the caller's net namespace. -1 with ENOENT where the libraries are missing: then err says
 * what to install. */
int links_open(struct links **links, struct err *err);
void links_close(struct links **links);
#define _cleanup_links_ __attribute__((cleanup(links_close)))

int links_list(struct links *links, struct link_list *list, struct err *err);
int links_networks(struct links *links, struct link_networks *networks, struct err *err);

/* Adds the IPv4 neighbours that the kernel knows on a link. */
int links_neighbours(struct links *links, int index, struct link_networks *networks,
                     struct err *err);

/* New ones; the peer is born in the net namespace of a process. */
int link_add_bridge(struct links *links, const char *name, struct err *err);
int link_add_veth(struct links *links, const char *name, const char *peer, pid_t pid,
                  struct err *err);

/* What is not NULL, 0 or false is changed; up last, in a message of its own. */
struct link_change {
    const char *name, *alias;
    int master;
    bool up;
};
int link_change(struct links *links, const struct link *link, const struct link_change *change,
                struct err *err);

int link_add_address(struct links *links, const struct link *link, struct ipv4 address,
                     struct err *err);

/* Gone already is fine. */
int link_delete(struct links *links, const struct link *link, struct err *err);

/* By name, NULL: none. */
const struct link *link_find(const struct link_list *list, const char *name);

#define LINK_ALIAS "nstui" /* what our own links bear, and none of anybody else's */

#endif
