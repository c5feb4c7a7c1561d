/* A network of its own: what is asked for is checked and planned, and the child gives its end of the
 * veth pair an address and a route. What the parent does is in bridge.c. veth(4), netdevice(7). */
#include <arpa/inet.h>
#include <errno.h>
#include <net/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link.h"

/* ---- addresses ------------------------------------------------------------------------------- */

uint32_t ipv4_mask(unsigned length)
{
    return length ? UINT32_MAX << (32 - length) : 0;
}

bool ipv4_overlaps(struct ipv4 one, struct ipv4 other)
{
    uint32_t mask = ipv4_mask(one.length < other.length ? one.length : other.length);
    return ((one.address ^ other.address) & mask) == 0;
}

char *ipv4_format(struct ipv4 ipv4, char text[IPV4_SIZE])
{
    char dots[INET_ADDRSTRLEN];
    struct in_addr address = {.s_addr = htonl(ipv4.address)};
    (void)inet_ntop(AF_INET, &address, dots, sizeof(dots));
    if (ipv4.length)
        (void)snprintf(text, IPV4_SIZE, "%s/%u", dots, ipv4.length);
    else
        (void)snprintf(text, IPV4_SIZE, "%s", dots);
    return text;
}

int ipv4_parse(const char *text, bool length_wanted, struct ipv4 *ipv4, struct err *err)
{
    char dots[INET_ADDRSTRLEN], shown[WORD_SIZE];
    struct in_addr address;
    size_t size = strcspn(text, "/");
    int64_t length = 0;
    word(shown, text);
    if (strchr(text, ':'))
        return err_set(err, 0, "\"%s\" is no IPv4 address; others are not set up by nstui", shown);
    (void)snprintf(dots, sizeof(dots), "%.*s", (int)size, text);
    if (size >= sizeof(dots) || inet_pton(AF_INET, dots, &address) != 1) {
        (void)err_set(err, 0, "\"%s\" is no address", shown);
        return err_hint(err,
                        length_wanted ? "write it as 10.88.77.5/24" : "write it as 10.88.77.1");
    }
    if (length_wanted && text[size] != '/') {
        (void)err_set(err, 0, "the address %s lacks the length of its network", shown);
        return err_hint(err, "write %s/24", shown);
    }
    if (length_wanted && !number_parse(text + size + 1, 8, 30, &length))
        return err_set(err, 0, "the length of the network in %s is not between 8 and 30", shown);
    if (!length_wanted && text[size])
        return err_set(err, 0, "\"%s\" is an address without /LENGTH", shown);
    *ipv4 = (struct ipv4){.address = ntohl(address.s_addr), .length = (unsigned)length};
    return 0;
}

/* ---- check and plan ---------------------------------------------------------------------------- */

static int check_bridge_name(const char *name, struct err *err)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    char shown[WORD_SIZE];
    size_t length = strlen(name);
    word(shown, name);
    if (length == 0 || length >= IF_NAMESIZE)
        return err_set(err, 0, "the name of a bridge has 1 to %d signs, \"%s\" has %zu",
                       IF_NAMESIZE - 1, shown, length);
    if (name[strspn(name, good)] || name[0] == '.' || name[0] == '-')
        return err_set(err, 0, "\"%s\" is no name of a bridge: letters, digits, - _ and . are",
                       shown);
    return 0;
}

static int check_address(const struct network *network, struct err *err)
{
    struct ipv4 address = {0}, gateway = {0};
    char shown[IPV4_SIZE];
    if (network->address) {
        if (ipv4_parse(network->address, true, &address, err) < 0)
            return -1;
        uint32_t rest = address.address & ~ipv4_mask(address.length);
        if (rest == 0 || rest == ~ipv4_mask(address.length))
            return err_set(err, 0, "%s is the %s of its network and cannot be a container's",
                           ipv4_format(address, shown), rest ? "last address" : "first address");
    }
    if (!network->gateway || !*network->gateway)
        return 0;
    if (ipv4_parse(network->gateway, false, &gateway, err) < 0)
        return -1;
    ipv4_format(gateway, shown);
    if (!network->address)
        return 0;
    if (gateway.address == address.address)
        return err_set(err, 0, "%s cannot be both the container's address and its gateway", shown);
    gateway.length = 32;
    if (!ipv4_overlaps(gateway, address))
        return err_set(err, 0, "the gateway %s is not in the network of %s", shown,
                       network->address);
    return 0;
}

int network_check(struct spec *spec, struct err *err)
{
    const struct network *network = &spec->network;
    if (network->kind != NETWORK_BRIDGE) {
        if (!network->address && !network->gateway)
            return 0;
        (void)err_set(err, 0, "%s needs a network of its own",
                      network->address ? "an address" : "a gateway");
        return err_hint(err, "add --network bridge");
    }
    if (!(spec->namespaces & NS_BIT(NS_NET))) {
        (void)err_set(err, 0, "a network on a bridge needs a new net namespace");
        return err_hint(err, spec->shared & NS_BIT(NS_NET)
                                 ? "a shared one has the network that it has"
                                 : "add -n");
    }
    if (network->bridge && check_bridge_name(network->bridge, err) < 0)
        return -1;
    if (check_address(network, err) < 0)
        return -1;
    if (geteuid() == 0)
        return 0;
    (void)err_set(err, 0, "a network on a bridge needs root: the bridge is the host's");
    return err_hint(err, "sudo nstui run ..; or --network none, a loopback alone");
}

void network_plan(struct steps *steps, const struct spec *spec)
{
    if (spec->network.kind == NETWORK_BRIDGE)
        step_add(steps, STEP_NETWORK, STEP_PARENT)->target =
            xstrdup(spec->network.bridge ? spec->network.bridge : BRIDGE_DEFAULT);
}

void network_plan_child(struct steps *steps, const struct spec *spec)
{
    if (spec->network.kind == NETWORK_BRIDGE)
        step_add_child(steps, STEP_ADDRESS, CHILD_LINK,
                       spec->network.address ? spec->network.address : "the first that is free");
}

/* ---- the child's step -------------------------------------------------------------------------- */

static void socket_address(struct sockaddr *place, uint32_t address)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    memcpy(place, &in, sizeof(in));
}

/* Address and mask, then up, then the route: the kernel takes a route only on a link that is up. */
static int address_set(int socket_fd, struct ipv4 own, struct ipv4 gateway)
{
    struct ifreq request = {0};
    (void)strcpy(request.ifr_name, CHILD_LINK);
    socket_address(&request.ifr_addr, own.address);
    if (ioctl(socket_fd, SIOCSIFADDR, &request) < 0)
        return -1;
    socket_address(&request.ifr_netmask, ipv4_mask(own.length));
    if (ioctl(socket_fd, SIOCSIFNETMASK, &request) < 0)
        return -1;
    socket_address(&request.ifr_broadaddr, own.address | ~ipv4_mask(own.length));
    if (ioctl(socket_fd, SIOCSIFBRDADDR, &request) < 0)
        return -1;
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    if (ioctl(socket_fd, SIOCSIFFLAGS, &request) < 0)
        return -1;
    if (!gateway.address)
        return 0;
    struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};
    socket_address(&route.rt_dst, 0);
    socket_address(&route.rt_genmask, 0);
    socket_address(&route.rt_gateway, gateway.address);
    return ioctl(socket_fd, SIOCADDRT, &route);
}

/* The parent has chosen: its go is "gADDRESS/LENGTH GATEWAY", the gateway may be missing. */
int step_address(struct setup *setup, const struct step *step, struct err *err)
{
    (void)step;
    struct ipv4 own = {0}, gateway = {0};
    char words[sizeof(setup->go)], *save = NULL;
    (void)strcpy(words, setup->go + 1);
    const char *address = strtok_r(words, " ", &save), *route = strtok_r(NULL, " ", &save);
    if (!address || ipv4_parse(address, true, &own, err) < 0 ||
        (route && ipv4_parse(route, false, &gateway, err) < 0))
        return err->text[0] ? -1 : err_set(err, 0, "cannot set up " CHILD_LINK ": no address came");
    _cleanup_close_ int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_fd < 0 || address_set(socket_fd, own, gateway) < 0)
        return err_set(err, errno, "cannot give " CHILD_LINK " the address %s%s%s", address,
                       route ? " and the gateway " : "", route ? route : "");
    return 0;
}
