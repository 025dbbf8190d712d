#!/bin/sh
# The firewall's machine of the second profile, at each start: its two cards get
# the names and addresses that scenarios/default-egress.yaml gives them, and it
# forwards between them. Its rules are loaded by whoever tests it.
set -eu
for pair in eth1:shop0 eth2:wan0; do
  old=${pair%:*} new=${pair#*:}
  if [ -e "/sys/class/net/$old" ]; then
    ip link set "$old" down
    ip link set "$old" name "$new"
  fi
  # Before the link is up: no address waits for duplicates to be detected.
  sysctl -q -w "net.ipv6.conf.$new.accept_dad=0" "net.ipv4.conf.$new.rp_filter=0" "net.ipv4.conf.$new.send_redirects=0"
  ip link set "$new" up
done
# ICMP errors are evidence: none may be withheld.
sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0 \
  net.ipv4.conf.all.send_redirects=0 net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_msgs_per_sec=1000000 net.ipv6.icmp.ratelimit=0
ip addr replace 10.20.1.1/24 dev shop0
ip addr replace 2001:db8:20:1::1/64 dev shop0
ip addr replace 203.0.113.1/24 dev wan0
ip addr replace 2001:db8:ffff::1/64 dev wan0
ip route replace default via 203.0.113.10 dev wan0
ip -6 route replace default via 2001:db8:ffff::10 dev wan0
