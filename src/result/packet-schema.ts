/** A packet beyond its number, and its walk through the rules, as results hold them. */
import { z } from 'zod'
import { rulePlace, stepShape } from './common-schema.ts'
import { number16 } from './range-schema.ts'

export const walkSchema = z
  .strictObject({
    probe: z.string().describe('The traced probe'),
    steps: z
      .array(z.strictObject({ ...stepShape, at: rulePlace.optional() }))
      .describe("Steps of the kernel's trace, in order"),
  })
  .describe('The rules that the probe passed')

/** The fields of src/net/packet-fields.ts. */
export const packetSchema = z
  .strictObject({
    source: z.string().describe('Source address, as text'),
    target: z.string().describe('Destination address, as text'),
    sourcePort: number16
      .optional()
      .describe('Source port of TCP and UDP, 0 to 65535; absent: an ordinary one'),
    length: z
      .int()
      .optional()
      .describe('Bytes of the whole IP packet, at most 1500; absent: an ordinary one'),
    ttl: z.int().optional().describe('TTL or hop limit: 1 to 255; absent: 64'),
    mark: z
      .int()
      .optional()
      .describe('Firewall mark (32 bits) of a packet from the firewall itself; absent: 0'),
    flags: z
      .int()
      .optional()
      .describe(
        'TCP flags of a packet other than SYN, as bits (RFC 9293 §3.1), 0 to 255; absent: SYN',
      ),
    dscp: z
      .int()
      .optional()
      .describe('Differentiated services code point (RFC 2474): 0 to 63; absent: 0'),
    code: z.int().optional().describe('Code of an ICMP message: 0 to 255; absent: 0'),
  })
  .describe('Packet fields other than the number')
