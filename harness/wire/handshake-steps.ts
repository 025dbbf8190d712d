/** The packets of a handshake, in order, and the name of each missing step. */
import { ACK, FIN, PSH, SYN } from './frames.ts'
import { TRAILER } from './identity.ts'

/** One packet of a handshake. Sequence numbers count from each side's initial one. */
export interface Step {
  /** The result if it does not arrive. */
  readonly missing: string
  readonly by: 'sender' | 'target'
  readonly flags: number
  /** Data bytes and control flags that its side sent before, and received from the other. */
  readonly sent: number
  readonly acknowledged: number
  readonly data: 'none' | 'question' | 'reply'
}

// RFC 9293 §3.5 (three-way handshake) and §3.6 (close).
export const TCP_STEPS: readonly Step[] = [
  {
    missing: 'no SYN at the target',
    by: 'sender',
    flags: SYN,
    sent: 0,
    acknowledged: 0,
    data: 'none',
  },
  {
    missing: 'no SYN-ACK back',
    by: 'target',
    flags: SYN | ACK,
    sent: 0,
    acknowledged: 1,
    data: 'none',
  },
  {
    missing: 'no ACK at the target',
    by: 'sender',
    flags: ACK,
    sent: 1,
    acknowledged: 1,
    data: 'none',
  },
  {
    missing: 'no data at the target',
    by: 'sender',
    flags: ACK | PSH,
    sent: 1,
    acknowledged: 1,
    data: 'question',
  },
  {
    missing: 'no data back',
    by: 'target',
    flags: ACK | PSH,
    sent: 1,
    acknowledged: 1 + TRAILER,
    data: 'reply',
  },
  {
    missing: 'no FIN at the target',
    by: 'sender',
    flags: FIN | ACK,
    sent: 1 + TRAILER,
    acknowledged: 1 + TRAILER,
    data: 'none',
  },
  {
    missing: 'no FIN-ACK back',
    by: 'target',
    flags: FIN | ACK,
    sent: 1 + TRAILER,
    acknowledged: 2 + TRAILER,
    data: 'none',
  },
  {
    missing: 'no last ACK at the target',
    by: 'sender',
    flags: ACK,
    sent: 2 + TRAILER,
    acknowledged: 2 + TRAILER,
    data: 'none',
  },
]

const datagram = { flags: 0, sent: 0, acknowledged: 0 } as const
export const UDP_STEPS: readonly Step[] = [
  { missing: 'no request at the target', by: 'sender', data: 'question', ...datagram },
  { missing: 'no reply back', by: 'target', data: 'reply', ...datagram },
  { missing: 'no second request at the target', by: 'sender', data: 'question', ...datagram },
  { missing: 'no second reply back', by: 'target', data: 'reply', ...datagram },
]

export const COMPLETED = 'completed'

/** The result of a blocked flow: its first packet never arrives. */
export const FIRST_STEP_MISSING: Readonly<Record<'tcp' | 'udp', string>> = {
  tcp: TCP_STEPS[0]!.missing,
  udp: UDP_STEPS[0]!.missing,
}
