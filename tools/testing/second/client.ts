/** Ordinary clients of node:net and node:dgram: what each port is like to a program. */
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { FAMILIES, type Family } from '../../../src/net/protocol.ts'
import { ALL_HANDLED, allHandled, type Experience, type Opinion, SERVER } from './contract.ts'

const ports = JSON.parse(process.argv[2]!) as number[]
/** Longer than the first retransmission of a SYN (1 s, RFC 6298 §2), so that one loss decides nothing. */
const PATIENCE_MS = 2500
const QUESTION = 'nftproof?'

/** One client; `end` closes it, and says what it has experienced by then. */
interface Client {
  readonly end: () => Experience
}

function tcp(family: Family, port: number): Client {
  let experience: Experience = 'silence'
  const socket = net.connect({ host: SERVER[family], port })
  socket.on('connect', () => socket.write(QUESTION))
  socket.on('data', (data) => {
    experience = judge(data)
  })
  socket.on('error', () => {
    experience = 'refused'
  })
  return {
    end: () => {
      socket.destroy()
      return experience
    },
  }
}

function udp(family: Family, port: number): Client {
  let experience: Experience = 'silence'
  const socket = dgram.createSocket(family === 4 ? 'udp4' : 'udp6')
  socket.on('message', (data) => {
    experience = judge(data)
  })
  // A connected socket is told of ICMP errors (RFC 1122 §4.1.3.3).
  socket.on('error', () => {
    experience = 'refused'
  })
  socket.connect(port, SERVER[family], () => socket.send(QUESTION))
  return {
    end: () => {
      socket.close()
      return experience
    },
  }
}

const judge = (data: Buffer): Experience => (data.toString() === QUESTION ? 'answered' : 'refused')

/**
 * Silence is what is left when both programs have handled all that reached
 * them: on a busy machine an answer may lie in a socket for seconds.
 */
async function experiences(clients: readonly Client[]): Promise<Experience[]> {
  await setTimeout(PATIENCE_MS)
  for (let i = 0; i < ROUND_TRIPS; i++) {
    await allHandled()
    const server = net.connect(ALL_HANDLED).resume()
    await once(server, 'close')
  }
  await allHandled()
  return clients.map(({ end }) => end())
}

/** What the server has to handle: the connection is there, its data are there; and one beyond. */
const ROUND_TRIPS = 3

const opinion: Record<string, readonly Experience[]> = {}
for (const family of FAMILIES) {
  const asked = [ports.map((port) => tcp(family, port)), ports.map((port) => udp(family, port))]
  const [byTcp, byUdp] = await Promise.all(asked.map(experiences))
  opinion[`ipv${family} tcp`] = byTcp!
  opinion[`ipv${family} udp`] = byUdp!
}
process.stdout.write(JSON.stringify(opinion satisfies Opinion))
