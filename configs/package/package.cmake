# What is installed, and the Debian package (scripts/package.sh): the binary, units and what they
# need, files in /etc/lull, manual pages and completions, rules, drills and documentation.
include(GNUInstallDirs)
set(package ${CMAKE_SOURCE_DIR}/configs/package)
set(systemd ${CMAKE_SOURCE_DIR}/configs/systemd)
set(made ${CMAKE_BINARY_DIR}/share)
file(MAKE_DIRECTORY ${made})

# ---- made of the command line and of lull.yaml: they cannot go stale ----------------------------
foreach(pair bash=lull.bash zsh=_lull fish=lull.fish man=lull.1)
    string(REPLACE "=" ";" pair ${pair})
    list(GET pair 0 what)
    list(GET pair 1 file)
    add_custom_command(OUTPUT ${made}/${file} COMMAND lull completion ${what} > ${made}/${file}
        DEPENDS lull VERBATIM)
    list(APPEND made_files ${made}/${file})
endforeach()
find_package(Python3 REQUIRED COMPONENTS Interpreter)
add_custom_command(OUTPUT ${made}/lull.yaml.5
    COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/scripts/config_manual.py
        ${CMAKE_SOURCE_DIR}/configs/lull.yaml > ${made}/lull.yaml.5
    DEPENDS ${CMAKE_SOURCE_DIR}/configs/lull.yaml ${CMAKE_SOURCE_DIR}/scripts/config_manual.py
    VERBATIM)
add_custom_command(OUTPUT ${made}/man
    COMMAND ${CMAKE_COMMAND} -E make_directory ${made}/man
    COMMAND gzip -9nc ${made}/lull.1 > ${made}/man/lull.1.gz
    COMMAND gzip -9nc ${made}/lull.yaml.5 > ${made}/man/lull.yaml.5.gz
    COMMAND gzip -9nc ${systemd}/lull-devices.8 > ${made}/man/lull-devices.8.gz
    COMMAND gzip -9nc ${package}/changelog > ${made}/changelog.gz
    DEPENDS ${made_files} ${made}/lull.yaml.5 ${systemd}/lull-devices.8 ${package}/changelog
    VERBATIM)
add_custom_target(share ALL DEPENDS ${made}/man)

# ---- where it goes; units say so ----------------------------------------------------------------
set(configuration ${CMAKE_INSTALL_FULL_SYSCONFDIR}/lull)
set(documents ${CMAKE_INSTALL_DOCDIR})
install(TARGETS lull)
install(PROGRAMS ${systemd}/lull-devices DESTINATION ${CMAKE_INSTALL_SBINDIR})
foreach(unit lull lull-routes lull-devices)
    file(READ ${systemd}/${unit}.service text)
    string(REPLACE "/usr/bin/lull" "${CMAKE_INSTALL_FULL_BINDIR}/lull" text "${text}")
    string(REPLACE "/usr/sbin/lull" "${CMAKE_INSTALL_FULL_SBINDIR}/lull" text "${text}")
    string(REPLACE "/etc/lull/" "${CMAKE_INSTALL_FULL_SYSCONFDIR}/lull/" text "${text}")
    file(WRITE ${made}/${unit}.service "${text}")
    install(FILES ${made}/${unit}.service DESTINATION lib/systemd/system)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${systemd}/${unit}.service)
endforeach()
install(FILES ${systemd}/sysusers.conf DESTINATION lib/sysusers.d RENAME lull.conf)
install(FILES ${systemd}/tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME lull.conf)
install(FILES ${systemd}/udev.rules DESTINATION lib/udev/rules.d RENAME 60-lull.rules)

set(conffiles)
foreach(name lull signatures sites overrides calendar)
    install(FILES ${CMAKE_SOURCE_DIR}/configs/${name}.yaml DESTINATION ${configuration})
    string(APPEND conffiles "${configuration}/${name}.yaml\n")
endforeach()
install(FILES ${systemd}/devices.conf DESTINATION ${configuration})
string(APPEND conffiles "${configuration}/devices.conf\n")

install(FILES ${made}/man/lull.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${made}/man/lull.yaml.5.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${made}/man/lull-devices.8.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
install(FILES ${made}/lull.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    RENAME lull)
install(FILES ${made}/_lull DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${made}/lull.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

foreach(folder prometheus collectors grafana drills devices)
    if(EXISTS ${CMAKE_SOURCE_DIR}/configs/${folder})
        install(DIRECTORY ${CMAKE_SOURCE_DIR}/configs/${folder}
            DESTINATION ${CMAKE_INSTALL_DATADIR}/lull PATTERN "*.png" EXCLUDE)
    endif()
endforeach()
install(FILES ${package}/copyright ${made}/changelog.gz ${package}/README.Debian
    ${CMAKE_SOURCE_DIR}/configs/devices.md ${CMAKE_SOURCE_DIR}/configs/openapi.yaml
    DESTINATION ${documents})
install(FILES ${CMAKE_SOURCE_DIR}/configs/README.md DESTINATION ${documents} RENAME operating.md)
install(FILES ${CMAKE_SOURCE_DIR}/control/README.md DESTINATION ${documents} RENAME control.md)
install(FILES ${CMAKE_SOURCE_DIR}/dataplane/README.md DESTINATION ${documents} RENAME dataplane.md)
install(DIRECTORY ${systemd}/examples DESTINATION ${documents})
install(FILES ${CMAKE_SOURCE_DIR}/configs/web-config.yaml DESTINATION ${documents}/examples)

# ---- the package --------------------------------------------------------------------------------
file(WRITE ${made}/conffiles "${conffiles}")
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME lull)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_SOURCE_DIR}/build)
set(CPACK_SET_DESTDIR ON)  # for what goes to /etc
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ
    GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(LULL_MAINTAINER "lull maintainers <maintainers@lull.invalid>" CACHE STRING
    "who a package is from, as in Debian's Maintainer field")
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${LULL_MAINTAINER}")
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "notices when a country falls off the Internet")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"lull is a packet-level monitor on DPDK for your own taps: it classifies border
traffic by origin AS and country, knows what each country normally does at
this hour, and exports collapses as Prometheus metrics and as a page. It never
takes its own blindness for a country's silence.")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS OFF)
# DPDK loads these by itself: without the first three it does not start, the rest are the ports that
# need no hardware. The drivers of NICs come with librte-meta-net.
string(JOIN ", " CPACK_DEBIAN_PACKAGE_DEPENDS
    librte-mempool-ring23 librte-bus-pci23 librte-bus-vdev23
    librte-net-af-packet23 librte-net-memif23 librte-net-null23 librte-net-pcap23
    librte-net-ring23 librte-net-vhost23 librte-net-virtio23
    procps  # /bin/kill, of ExecReload
    "systemd | systemd-standalone-sysusers" tzdata)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS
    "librte-meta-net, location, libloc-database, dpdk, iproute2, kmod, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus, prometheus-alertmanager, tor-geoipdb")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${package}/preinst ${package}/postinst ${package}/prerm
    ${package}/postrm ${made}/conffiles)
include(CPack)
