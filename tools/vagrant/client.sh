#!/bin/sh
# The client of the second profile, at each start: its two cards are up, without
# addresses, and it forwards nothing, so that only nftproof speaks there.
set -eu
for link in eth1 eth2; do
  sysctl -q -w "net.ipv6.conf.$link.disable_ipv6=1" "net.ipv4.conf.$link.forwarding=0"
  ip addr flush dev "$link"
  ip link set "$link" up
done
