#!/bin/sh
# Sets up Zerops' default egress by iptables, as an appliance's own start-up
# would: it knows one project, at shop0, and the Internet behind every other link.
set -e
rules() {
  iptables=$1 network=$2 icmp=$3 errors=$4
  $iptables -P FORWARD DROP
  $iptables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
  $iptables -A FORWARD -i shop0 ! -s "$network" -j DROP
  $iptables -A FORWARD -o shop0 -j DROP
  $iptables -A FORWARD -i shop0 -p tcp -m multiport --dports "${ALLOWED:-22,53,80,123,443}" -j ACCEPT
  $iptables -A FORWARD -i shop0 -p udp -m multiport --dports 22,53,80,123,443 -j ACCEPT
  $iptables -A FORWARD -i shop0 -p tcp --dport 1025: -j ACCEPT
  for type in $errors; do $iptables -A FORWARD -i shop0 -p "$icmp" --"${5}"-type "$type" -j ACCEPT; done
}
rules iptables-nft 10.20.1.0/24 icmp '8 3 11 12' icmp
rules ip6tables-nft 2001:db8:20:1::/64 icmpv6 '128 1 2 3 4' icmpv6
echo done > /run/firewall-is-up
echo 'rules are set'
trap 'exit 0' TERM
while :; do sleep 3600 & wait $!; done
