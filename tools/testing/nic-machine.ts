/**
 * A firewall that is another machine: here a namespace, with the network cards in a second one,
 * where the command is started. Between them are ordinary links on which neighbours are asked for.
 *
 *   NAME-f  shop0 ◄═ veth ═► eth1  NAME-h
 *           wan0  ◄═ veth ═► eth2
 */
import { execFileSync, spawnSync } from 'node:child_process'

const SET_UP = `set -e
for n in $1 $2; do
  ip netns add $n; ip -n $n link set lo up
  ip netns exec $n sh -c 'cd /proc/sys/net; for c in all default; do echo 0 > ipv6/conf/$c/accept_dad; echo 0 > ipv6/conf/$c/forwarding; echo 0 > ipv4/conf/$c/forwarding; done'
done
for pair in shop0:eth1 wan0:eth2; do
  ip link add \${pair%:*} netns $1 type veth peer name \${pair#*:} netns $2
  ip -n $1 link set \${pair%:*} up; ip -n $2 link set \${pair#*:} up
done
ip netns exec $1 sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding'
ip -n $1 addr add 10.20.1.1/24 dev shop0; ip -n $1 addr add 2001:db8:20:1::1/64 dev shop0 nodad
ip -n $1 addr add 203.0.113.1/24 dev wan0; ip -n $1 addr add 2001:db8:ffff::1/64 dev wan0 nodad`

export class NicMachine {
  readonly firewall: string
  readonly here: string

  constructor(name: string) {
    this.firewall = `${name}-f`
    this.here = `${name}-h`
    execFileSync('sh', ['-c', SET_UP, 'sh', this.firewall, this.here])
  }

  /** Command that starts another one beside the cards. */
  get lead(): readonly string[] {
    return ['ip', 'netns', 'exec', this.here]
  }

  load(ruleset: string): void {
    execFileSync('ip', ['netns', 'exec', this.firewall, 'nft', '-f', '-'], {
      input: `flush ruleset\n${ruleset}`,
    })
  }

  /** The rules of the firewall, and all links and addresses, without neighbours, which are asked for. */
  everything(): string {
    const of = (name: string): string =>
      execFileSync('ip', ['netns', 'exec', name, 'sh', '-c', STATE], { encoding: 'utf8' })
    return [this.firewall, this.here].map(of).join('\n')
  }

  remove(): void {
    for (const name of [this.firewall, this.here]) spawnSync('ip', ['netns', 'del', name])
  }
}

const STATE = 'nft list ruleset; ip -j addr; echo; ip -j -4 route; echo; tc qdisc'
