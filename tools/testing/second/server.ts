/** Echo servers of node:net and node:dgram on the ports named on the command line; says `ready` when all listen. */
import dgram from 'node:dgram'
import net from 'node:net'
import { ALL_HANDLED, allHandled } from './contract.ts'

const ports = JSON.parse(process.argv[2]!) as number[]

function listenTcp(port: number): Promise<void> {
  const server = net.createServer((socket) => {
    socket.on('error', () => {})
    socket.pipe(socket)
  })
  return new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen({ port, host: '::', ipv6Only: false }, resolve)
  })
}

function listenUdp(port: number, type: 'udp4' | 'udp6'): Promise<void> {
  const socket = dgram.createSocket({ type, ipv6Only: type === 'udp6' })
  socket.on('message', (message, from) => socket.send(message, from.port, from.address))
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.bind(port, resolve)
  })
}

net.createServer((socket) => void allHandled().then(() => socket.destroy())).listen(ALL_HANDLED)
await Promise.all(
  ports.flatMap((port) => [listenTcp(port), listenUdp(port, 'udp4'), listenUdp(port, 'udp6')]),
)
process.stdout.write('ready\n')
