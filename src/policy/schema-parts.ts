/** What the files of both kinds of policies have in common. */
import { z } from 'zod'

export const line = z.string().min(1).max(200)

export const policyId = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,31}$/,
    'must begin with a letter and have at most 32 lower-case letters, digits and hyphens',
  )

/** Words for a way to block; `reject` is a reset for TCP and port-unreachable for UDP. */
export const BLOCKINGS = [
  'drop',
  'reject',
  'tcp-reset',
  'port-unreachable',
  'host-unreachable',
  'no-route',
  'admin-prohibited',
] as const

/** Beside `deny`: turns an explicit deny into a default. */
export const unless = z.literal('allowed').optional()
