/* A network on a bridge: two containers reach each other and the host, addresses are given and taken
 * back, and every link goes at the end. All of it in a net namespace of the test's own, so that the
 * links of the machine are never touched. */
#include <net/if.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "../../src/nstui/engine/link.h"
#include "box.h"

static bool apart; /* we are in a net namespace of our own */

static void need_network(void)
{
    struct links *links = NULL;
    struct err err = {0};
    need_root();
    if (!apart)
        skip_because("no net namespace of its own can be made here");
    if (links_open(&links, &err) < 0)
        skip_because("%s", err.text);
    links_close(&links);
    _cleanup_result_ struct result result = {0};
    if (run_words(&result, "ip", "link", "add", "nstui-test", "type", "bridge") != 0)
        skip_because("no bridge can be made here: %s", result.error);
    run_expect(0, &result, "ip", "link", "del", "nstui-test");
}

static void bridged_spec(struct spec *spec, const char *letters, const char *script)
{
    box_spec(spec, letters, NULL, script);
    spec->network.kind = NETWORK_BRIDGE;
    spec->name = xstrdup("bridged");
    engine_tag_make(spec->tag);
}

static void clean(const struct spec *spec)
{
    struct err err = {0};
    if (engine_outside_clean(spec->name, spec->tag, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(if_nametoindex(test_path("nst-%s", spec->tag)), 0);
}

/* The address that it has in there, without the length. */
static const char *address_of(const struct launched *launched)
{
    return test_path("%.*s", (int)strcspn(launched->address, "/"), launched->address);
}

static void assert_no_link_left(void)
{
    struct if_nameindex *names = if_nameindex();
    assert_non_null(names);
    for (struct if_nameindex *at = names; at->if_index; at++) {
        if (strncmp(at->if_name, "nst", 3) == 0)
            fail_msg("the link %s is left", at->if_name);
    }
    if_freenameindex(names);
}

/* ---- what it is for ---------------------------------------------------------------------------- */

static void two_containers_reach_each_other_and_the_host(void **state)
{
    (void)state;
    need_network();
    if (!program_is_there("ping"))
        skip_because("there is no ping here");
    _cleanup_spec_ struct spec one = {0}, other = {0};
    _cleanup_box_ struct box_result result = {0};
    _cleanup_result_ struct result ping = {0};
    struct launched first;
    bridged_spec(&one, "npmu", "read line");
    box_launch(&one, &first);
    assert_string_equal(first.address, "10.88.77.2/24 10.88.77.1");
    bridged_spec(&other, "npmu",
                 test_path("ping -nqc 2 -i 0.2 -W 3 %s >/dev/null && echo container;"
                           "ping -nqc 1 -W 3 10.88.77.1 >/dev/null && echo host;"
                           "ip -4 route",
                           address_of(&first)));
    box_run(&other, &result);
    run_expect(0, &ping, "ping", "-nqc", "1", "-W", "3", address_of(&first));
    box_kill(&first);
    clean(&one);
    clean(&other);
    assert_has(result.out.data, "container\nhost\n");
    assert_has(result.out.data, "default via 10.88.77.1 dev eth0");
    assert_has(result.out.data, "10.88.77.0/24 dev eth0");
    assert_no_link_left();
}

static void containers_get_different_addresses_and_they_come_back(void **state)
{
    (void)state;
    need_network();
    _cleanup_spec_ struct spec specs[4] = {0};
    struct launched launched[4];
    static const char *const wanted[] = {"10.88.77.2", "10.88.77.3", "10.88.77.4", "10.88.77.3"};
    for (int at = 0; at < 4; at++) {
        bridged_spec(&specs[at], "n", "read line");
        if (at == 3) {
            box_kill(&launched[1]);
            clean(&specs[1]);
        }
        box_launch(&specs[at], &launched[at]);
        assert_string_equal(address_of(&launched[at]), wanted[at]);
    }
    for (int at = 0; at < 4; at++) {
        if (at != 1)
            box_kill(&launched[at]);
        clean(&specs[at]);
    }
    assert_no_link_left();
    for (int at = 0; at < 4; at++)
        spec_free(&specs[at]);
}

static void many_at_once_get_different_addresses(void **state)
{
    (void)state;
    need_network();
    enum { MANY = 6 };
    int ends[2];
    char text[1024] = "";
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t children[MANY];
    for (int at = 0; at < MANY; at++) {
        children[at] = fork();
        if (children[at] != 0)
            continue;
        struct spec spec = {0};
        struct launched launched;
        bridged_spec(&spec, "n", "sleep 1");
        box_launch(&spec, &launched);
        const char *line = test_path("%s\n", address_of(&launched));
        (void)!write(ends[1], line, strlen(line));
        (void)box_end(&launched, WAIT_MS);
        _exit(engine_outside_clean("bridged", spec.tag, NULL) == 0 ? 0 : 1);
    }
    (void)close(ends[1]);
    size_t length = 0;
    for (ssize_t got; (got = read(ends[0], text + length, sizeof(text) - 1 - length)) > 0;)
        length += (size_t)got;
    (void)close(ends[0]);
    for (int at = 0; at < MANY; at++) {
        int status;
        assert_int_equal(waitpid(children[at], &status, 0), children[at]);
        assert_int_equal(status, 0);
    }
    for (int at = 2; at < 2 + MANY; at++)
        assert_has(text, test_path("10.88.77.%d\n", at));
    assert_no_link_left();
}

static void an_address_and_a_gateway_of_ones_own(void **state)
{
    (void)state;
    need_network();
    _cleanup_spec_ struct spec spec = {0}, same = {0};
    _cleanup_box_ struct box_result result = {0};
    struct launched launched;
    struct err err = {0};
    bridged_spec(&spec, "n", "read line; ip -4 -br addr show eth0; ip route");
    spec.network.bridge = xstrdup("nst-mine");
    spec.network.address = xstrdup("10.200.3.7/28");
    spec.network.gateway = xstrdup("10.200.3.14");
    box_launch(&spec, &launched);
    bridged_spec(&same, "n", "true");
    same.network.bridge = xstrdup("nst-mine");
    same.network.address = xstrdup("10.200.3.7/28");
    assert_int_equal(box_fail(&same, &err), ENGINE_STATUS_FAILED);
    assert_int_equal(write(launched.input, "\n", 1), 1);
    box_collect(&launched, &result);
    clean(&same);
    clean(&spec);
    assert_has(err.text, test_path("the address 10.200.3.7/28 is taken: nst-%s has it", spec.tag));
    assert_has(result.out.data, "10.200.3.7/28");
    assert_has(result.out.data, "default via 10.200.3.14 dev eth0");
    assert_no_link_left();
}

static void no_gateway_means_no_default_route(void **state)
{
    (void)state;
    need_network();
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    bridged_spec(&spec, "n", "ip route");
    spec.network.gateway = xstrdup("");
    box_run(&spec, &result);
    clean(&spec);
    assert_has(result.out.data, "10.88.77.0/24 dev eth0");
    assert_has_not(result.out.data, "default");
}

static void it_works_with_a_user_namespace_around_it(void **state)
{
    (void)state;
    need_network();
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_box_ struct box_result result = {0};
    bridged_spec(&spec, "nU", "ip -4 -br addr show eth0");
    box_run(&spec, &result);
    clean(&spec);
    assert_has(result.out.data, "10.88.77.2/24");
}

static void networks_in_use_are_left_alone(void **state)
{
    (void)state;
    need_network();
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_result_ struct result result = {0};
    struct launched launched;
    run_expect(0, &result, "ip", "link", "add", "busy", "type", "bridge");
    run_expect(0, &result, "ip", "addr", "add", "10.88.0.1/16", "dev", "busy");
    run_expect(0, &result, "ip", "link", "set", "busy", "up");
    bridged_spec(&spec, "n", "read line");
    box_launch(&spec, &launched);
    const char *address = address_of(&launched);
    box_kill(&launched);
    clean(&spec);
    run_expect(0, &result, "ip", "link", "del", "busy");
    assert_string_equal(address, "172.29.77.2");
}

/* ---- the end -------------------------------------------------------------------------------------- */

static void the_last_one_takes_the_bridge_along(void **state)
{
    (void)state;
    need_network();
    _cleanup_spec_ struct spec one = {0}, other = {0};
    struct launched first, second;
    bridged_spec(&one, "n", "read line");
    bridged_spec(&other, "n", "read line");
    box_launch(&one, &first);
    box_launch(&other, &second);
    box_kill(&first);
    clean(&one);
    assert_int_not_equal(if_nametoindex("nstui0"), 0);
    box_kill(&second);
    clean(&other);
    assert_no_link_left();
}

static void a_link_goes_while_somebody_still_holds_its_namespace(void **state)
{
    (void)state;
    need_network();
    _cleanup_spec_ struct spec spec = {0};
    struct launched launched;
    bridged_spec(&spec, "n", "read line");
    box_launch(&spec, &launched);
    int held = open(test_path("/proc/%d/ns/net", launched.pid), O_RDONLY | O_CLOEXEC);
    assert_true(held >= 0);
    box_kill(&launched);
    assert_int_not_equal(if_nametoindex(test_path("nst-%s", spec.tag)), 0);
    clean(&spec);
    (void)close(held);
    assert_no_link_left();
}

static void links_of_others_are_never_removed(void **state)
{
    (void)state;
    need_network();
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_result_ struct result result = {0};
    struct launched launched;
    const char *theirs;
    /* A bridge of the default name that somebody else has made, and a link with a name like ours. */
    run_expect(0, &result, "ip", "link", "add", "nstui0", "type", "bridge");
    run_expect(0, &result, "ip", "addr", "add", "10.99.5.1/24", "dev", "nstui0");
    run_expect(0, &result, "ip", "link", "set", "nstui0", "up");
    bridged_spec(&spec, "n", "read line");
    box_launch(&spec, &launched);
    const char *address = address_of(&launched);
    box_kill(&launched);
    clean(&spec);
    theirs = test_path("nst-%s", spec.tag);
    run_expect(0, &result, "ip", "link", "add", theirs, "type", "veth", "peer", "name", "other");
    assert_int_equal(engine_outside_clean(spec.name, spec.tag, NULL), 0);
    bool stays = if_nametoindex(theirs) != 0 && if_nametoindex("nstui0") != 0;
    run_expect(0, &result, "ip", "link", "del", theirs);
    run_expect(0, &result, "ip", "link", "del", "nstui0");
    assert_true(stays);
    assert_string_equal(address, "10.99.5.2");
}

static void a_launch_that_fails_leaves_no_link(void **state)
{
    (void)state;
    need_network();
    _cleanup_spec_ struct spec spec = {0};
    struct err err = {0};
    bridged_spec(&spec, "n", NULL);
    strings_add(&spec.argv, "no-such-command");
    assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_NOT_FOUND);
    assert_no_link_left();
    assert_false(path_exists("/run/nstui-network.lock"));
}

/* Killed between two messages: a bridge with our tag in its name, and no alias yet. */
static void a_bridge_that_is_half_made_goes_too(void **state)
{
    (void)state;
    need_network();
    _cleanup_result_ struct result result = {0};
    run_expect(0, &result, "ip", "link", "add", "nsb-0123abcd", "type", "bridge");
    assert_int_equal(engine_outside_clean("box", "0123abcd", NULL), 0);
    assert_no_link_left();
}

/* ---- refusals --------------------------------------------------------------------------------------- */

static void what_cannot_be_is_refused_with_its_field(void **state)
{
    (void)state;
    need_root();
    static const struct {
        struct network network;
        const char *letters, *says;
    } cases[] = {
        {{.address = "10.0.0.2/24"}, "n", "an address needs a network of its own"},
        {{.gateway = "10.0.0.1"}, "n", "a gateway needs a network of its own"},
        {{.kind = NETWORK_BRIDGE}, "pm", "needs a new net namespace (add -n)"},
        {{NETWORK_BRIDGE, .bridge = "a/b"}, "n", "is no name of a bridge"},
        {{NETWORK_BRIDGE, .bridge = ""}, "n", "has 1 to 15 signs"},
        {{NETWORK_BRIDGE, .bridge = "a-name-that-is-too-long"}, "n", "has 1 to 15 signs"},
        {{NETWORK_BRIDGE, .address = "10.0.0.2"},
         "n",
         "lacks the length of its network (write "
         "10.0.0.2/24)"},
        {{NETWORK_BRIDGE, .address = "10.0.0.2/31"}, "n", "is not between 8 and 30"},
        {{NETWORK_BRIDGE, .address = "10.0.0.256/24"}, "n", "is no address"},
        {{NETWORK_BRIDGE, .address = "fd00::2/64"}, "n", "is no IPv4 address"},
        {{NETWORK_BRIDGE, .address = "10.0.0.0/24"}, "n", "the first address of its network"},
        {{NETWORK_BRIDGE, .address = "10.0.0.255/24"}, "n", "the last address of its network"},
        {{NETWORK_BRIDGE, .gateway = "10.0.0.1/24"}, "n", "is an address without /LENGTH"},
        {{NETWORK_BRIDGE, .address = "10.0.0.2/24", .gateway = "10.0.1.1"},
         "n",
         "the gateway 10.0.1.1 is not in the network of 10.0.0.2/24"},
        {{NETWORK_BRIDGE, .address = "10.0.0.2/24", .gateway = "10.0.0.2"},
         "n",
         "cannot be both the container's address and its gateway"},
    };
    for (size_t at = 0; at < array_length(cases); at++) {
        _cleanup_spec_ struct spec spec = {0};
        const struct network *network = &cases[at].network;
        struct err err = {0};
        const char *field = "";
        box_spec(&spec, cases[at].letters, NULL, "true");
        spec.network.kind = network->kind;
        spec.network.bridge = network->bridge ? xstrdup(network->bridge) : NULL;
        spec.network.address = network->address ? xstrdup(network->address) : NULL;
        spec.network.gateway = network->gateway ? xstrdup(network->gateway) : NULL;
        assert_int_equal(spec_check(&spec, &field, &err), -1);
        assert_string_equal(field, "network");
        assert_has(err.text, cases[at].says);
    }
}

static void a_link_that_is_no_bridge_is_told(void **state)
{
    (void)state;
    need_network();
    _cleanup_spec_ struct spec spec = {0};
    struct err err = {0};
    bridged_spec(&spec, "n", "true");
    spec.network.bridge = xstrdup("lo");
    assert_int_equal(box_fail(&spec, &err), ENGINE_STATUS_FAILED);
    assert_has(err.text, "the network link lo is no bridge");
}

static void a_foreign_bridge_without_an_address_wants_one(void **state)
{
    (void)state;
    need_network();
    _cleanup_spec_ struct spec spec = {0};
    _cleanup_result_ struct result result = {0};
    struct err err = {0};
    run_expect(0, &result, "ip", "link", "add", "bare", "type", "bridge");
    bridged_spec(&spec, "n", "true");
    spec.network.bridge = xstrdup("bare");
    int status = box_fail(&spec, &err);
    run_expect(0, &result, "ip", "link", "del", "bare");
    assert_int_equal(status, ENGINE_STATUS_FAILED);
    assert_has(err.text, "the bridge bare has no address to choose one beside (add --ip ");
}

static void a_missing_library_is_told_with_its_package(void **state)
{
    (void)state;
    need_network();
    int ends[2];
    char text[ERR_TEXT_SIZE] = "";
    _cleanup_result_ struct result where = {0};
    run_expect(0, &where, "sh", "-c",
               "ldconfig -p | sed -n 's/.*=> //p' | grep -m1 /libnl-3.so.200");
    where.out[strcspn(where.out, "\n")] = '\0';
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        struct err err = {0};
        struct spec spec = {0};
        struct launched launched;
        if (unshare(CLONE_NEWNS) < 0 || mount("", "/", "", MS_PRIVATE | MS_REC, NULL) < 0 ||
            mount("/dev/null", where.out, NULL, MS_BIND, NULL) < 0)
            _exit(1);
        bridged_spec(&spec, "n", "true");
        (void)engine_launch(&spec, &launched, &err);
        (void)!write(ends[1], err.text, strlen(err.text) + 1);
        _exit(0);
    }
    (void)close(ends[1]);
    (void)!read(ends[0], text, sizeof(text) - 1);
    (void)close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_has(text, "needs the library libnl-route-3");
    assert_has(text, "apt install libnl-route-3-200");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        machine_test(two_containers_reach_each_other_and_the_host),
        machine_test(containers_get_different_addresses_and_they_come_back),
        machine_test(many_at_once_get_different_addresses),
        machine_test(an_address_and_a_gateway_of_ones_own),
        machine_test(no_gateway_means_no_default_route),
        machine_test(it_works_with_a_user_namespace_around_it),
        machine_test(networks_in_use_are_left_alone),
        machine_test(the_last_one_takes_the_bridge_along),
        machine_test(a_link_goes_while_somebody_still_holds_its_namespace),
        machine_test(links_of_others_are_never_removed),
        machine_test(a_launch_that_fails_leaves_no_link),
        machine_test(a_bridge_that_is_half_made_goes_too),
        machine_test(what_cannot_be_is_refused_with_its_field),
        machine_test(a_link_that_is_no_bridge_is_told),
        machine_test(a_foreign_bridge_without_an_address_wants_one),
        machine_test(a_missing_library_is_told_with_its_package),
    };
    apart = unshare(CLONE_NEWNET) == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
