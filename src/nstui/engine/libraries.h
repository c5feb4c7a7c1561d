/* The functions of the libraries that few launches want. An nstui that is linked statically has them in
 * it (linked.c): loading a library is nothing that it survives for sure. Any other loads the library
 * when the first of them is wanted, and a launch without them pays nothing. */
#ifndef NSTUI_ENGINE_LIBRARIES_H
#define NSTUI_ENGINE_LIBRARIES_H

/* libnl-3 and libnl-route-3, for link.c. */
#define LINK_FUNCTIONS(F)                                                                          \
    F(nl_socket_alloc)                                                                             \
    F(nl_socket_free)                                                                              \
    F(nl_connect)                                                                                  \
    F(nl_geterror)                                                                                 \
    F(nl_cache_free)                                                                               \
    F(nl_cache_get_first)                                                                          \
    F(nl_cache_get_next)                                                                           \
    F(nl_addr_build)                                                                               \
    F(nl_addr_put)                                                                                 \
    F(nl_addr_get_len)                                                                             \
    F(nl_addr_get_binary_addr)                                                                     \
    F(nl_addr_get_prefixlen)                                                                       \
    F(nl_addr_set_prefixlen)                                                                       \
    F(rtnl_link_alloc)                                                                             \
    F(rtnl_link_put)                                                                               \
    F(rtnl_link_alloc_cache)                                                                       \
    F(rtnl_link_add)                                                                               \
    F(rtnl_link_change)                                                                            \
    F(rtnl_link_delete)                                                                            \
    F(rtnl_link_veth_add)                                                                          \
    F(rtnl_link_set_name)                                                                          \
    F(rtnl_link_get_name)                                                                          \
    F(rtnl_link_set_type)                                                                          \
    F(rtnl_link_get_type)                                                                          \
    F(rtnl_link_set_ifalias)                                                                       \
    F(rtnl_link_get_ifalias)                                                                       \
    F(rtnl_link_set_ifindex)                                                                       \
    F(rtnl_link_get_ifindex)                                                                       \
    F(rtnl_link_set_master)                                                                        \
    F(rtnl_link_get_master)                                                                        \
    F(rtnl_link_set_flags)                                                                         \
    F(rtnl_addr_alloc)                                                                             \
    F(rtnl_addr_put)                                                                               \
    F(rtnl_addr_add)                                                                               \
    F(rtnl_addr_alloc_cache)                                                                       \
    F(rtnl_addr_set_ifindex)                                                                       \
    F(rtnl_addr_get_ifindex)                                                                       \
    F(rtnl_addr_set_local)                                                                         \
    F(rtnl_addr_get_local)                                                                         \
    F(rtnl_addr_set_broadcast)                                                                     \
    F(rtnl_route_alloc_cache)                                                                      \
    F(rtnl_route_get_dst)                                                                          \
    F(rtnl_neigh_alloc_cache)                                                                      \
    F(rtnl_neigh_get_dst)                                                                          \
    F(rtnl_neigh_get_ifindex)

/* libseccomp, for profile.c. */
#define SECCOMP_FUNCTIONS(F)                                                                       \
    F(seccomp_init)                                                                                \
    F(seccomp_release)                                                                             \
    F(seccomp_attr_set)                                                                            \
    F(seccomp_arch_exist)                                                                          \
    F(seccomp_arch_native)                                                                         \
    F(seccomp_arch_add)                                                                            \
    F(seccomp_syscall_resolve_name)                                                                \
    F(seccomp_rule_add_array)                                                                      \
    F(seccomp_export_bpf)

/* A declaration that leaves the address null where the function is not linked. */
#define LIBRARY_WEAK(function) extern __typeof__(function) function __attribute__((weak));

#endif
