#!/bin/sh
# The internet of the second profile, at each start: what comes from the firewall
# goes on to the client's second card, frame by frame, and back.
set -eu
[ -e /sys/class/net/internet ] || ip link add internet type bridge stp_state 0 mcast_snooping 0
sysctl -q -w net.ipv6.conf.internet.disable_ipv6=1
for link in eth1 eth2; do
  sysctl -q -w "net.ipv6.conf.$link.disable_ipv6=1"
  ip addr flush dev "$link"
  ip link set "$link" master internet up
done
ip link set internet up
