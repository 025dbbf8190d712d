/**
 * A router as somebody's lab has it, for tests that plug into it:
 *
 *   NAME-a  eth0 ◄═ veth ═► shop0  NAME  wan0 ◄═ veth ═► eth0  NAME-b
 *                                   └─ a ruleset, addresses, a default route to NAME-b
 */
import { execFileSync, spawnSync } from 'node:child_process'

const SET_UP = `set -e
for n in $1 $1-a $1-b; do
  ip netns add $n; ip -n $n link set lo up
  ip netns exec $n sh -c 'cd /proc/sys/net/ipv6/conf; echo 0 > all/accept_dad; echo 0 > default/accept_dad; echo 1 > default/addr_gen_mode'
done
ip link add shop0 netns $1 type veth peer name eth0 netns $1-a
ip link add wan0 netns $1 type veth peer name eth0 netns $1-b
for l in "$1 shop0" "$1 wan0" "$1-a eth0" "$1-b eth0"; do set -- "$1" $l; ip -n $2 link set $3 up; done
ip -n $1 addr add 10.20.1.1/24 dev shop0
ip -n $1 addr add 203.0.113.1/24 dev wan0
ip -n $1 addr add 2001:db8:20:1::1/64 dev shop0 nodad
ip -n $1 addr add 2001:db8:ffff::1/64 dev wan0 nodad
ip -n $1-a addr add 10.20.1.20/24 dev eth0
ip -n $1-a route add default via 10.20.1.1
ip -n $1-b addr add 203.0.113.20/24 dev eth0
ip -n $1-b route add 10.20.1.0/24 via 203.0.113.1
ip -n $1 route add default via 203.0.113.20
ip netns exec $1 sh -c 'echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding'`

export class Router {
  readonly name: string

  constructor(name: string) {
    this.name = name
    execFileSync('sh', ['-c', SET_UP, 'sh', name], { stdio: ['ignore', 'ignore', 'inherit'] })
  }

  /** What a program prints in one of the three namespaces. */
  inside(program: string, args: readonly string[], input = '', of = ''): string {
    const command = ['netns', 'exec', `${this.name}${of}`, program, ...args]
    return execFileSync('ip', command, { encoding: 'utf8', input, maxBuffer: 64 << 20 })
  }

  load(ruleset: string): void {
    this.inside('nft', ['-f', '-'], ruleset)
  }

  /** Every byte that a plug could leave changed, counters included; without the kernel's settings of all namespaces. */
  everything(): string {
    const script = `nft list ruleset; for s in addr "-4 route show table all" "-6 route show table all" neigh rule; do ip -j $s; echo; done
      ip -br link; tc qdisc; grep -rs . /proc/sys/net | grep -vE 'nf_conntrack_(count|max|buckets|expect_max)' | sort`
    return this.inside('sh', ['-c', script])
  }

  remove(): void {
    for (const of of ['', '-a', '-b']) spawnSync('ip', ['netns', 'del', `${this.name}${of}`])
  }
}
