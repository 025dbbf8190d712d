/** Ordinary clients of node:net and node:dgram: what each port is like to a program. */
import dgram from 'node:dgram'
import net from 'node:net'
import { FAMILIES, type Family } from '../../../src/flow.ts'
import { type Experience, type Opinion, SERVER } from './contract.ts'

const ports = JSON.parse(process.argv[2]!) as number[]
/** Longer than the first retransmission of a SYN (1 s, RFC 6298 §2), so that one loss decides nothing. */
const PATIENCE_MS = 2500
const QUESTION = 'nftproof?'

function tcp(family: Family, port: number): Promise<Experience> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: SERVER[family], port })
    const end = (experience: Experience): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(experience)
    }
    const timer = setTimeout(() => end('silence'), PATIENCE_MS)
    socket.on('connect', () => socket.write(QUESTION))
    socket.on('data', (data) => end(data.toString() === QUESTION ? 'answered' : 'refused'))
    socket.on('error', () => end('refused'))
  })
}

function udp(family: Family, port: number): Promise<Experience> {
  return new Promise((resolve) => {
    const socket = dgram.createSocket(family === 4 ? 'udp4' : 'udp6')
    const end = (experience: Experience): void => {
      clearTimeout(timer)
      socket.close()
      resolve(experience)
    }
    const timer = setTimeout(() => end('silence'), PATIENCE_MS)
    socket.on('message', (data) => end(data.toString() === QUESTION ? 'answered' : 'refused'))
    // A connected socket is told of ICMP errors (RFC 1122 §4.1.3.3).
    socket.on('error', () => end('refused'))
    socket.connect(port, SERVER[family], () => socket.send(QUESTION))
  })
}

const opinion: Record<string, readonly Experience[]> = {}
for (const family of FAMILIES) {
  opinion[`ipv${family} tcp`] = await Promise.all(ports.map((port) => tcp(family, port)))
  opinion[`ipv${family} udp`] = await Promise.all(ports.map((port) => udp(family, port)))
}
process.stdout.write(JSON.stringify(opinion satisfies Opinion))
