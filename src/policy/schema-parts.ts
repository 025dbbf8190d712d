/** What the files of both kinds of policies have in common. */
import { z } from 'zod'

export const line = z.string().min(1).max(200)

export const policyId = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{0,31}$/,
    'must begin with a letter and have at most 32 lower-case letters, digits and hyphens',
  )

export const organizationId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    'must begin with a letter or digit and have at most 64 letters, digits, ".", "_" and "-"',
  )

/** The terms of grants that both formats write alike. */
export const grantTerms = {
  revoked: z
    .enum(['keep', 'cut'])
    .describe('Whether established flows continue when their grant is revoked'),
  source: line.optional(),
  reason: line.optional(),
}

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
