/** What was tested: a digest of every file that was read, and of firewalls that are not files. */
import { z } from 'zod'

const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 digest: 64 hexadecimal digits')
  .describe('SHA-256 of the bytes that were used, in hexadecimal')

const file = z.strictObject({
  path: z
    .string()
    .describe(
      'The path as given, relative to the working directory; REVISION:path in a git revision; - for standard input',
    ),
  size: z.int().min(0).describe('Bytes'),
  sha256,
})

const firewall = z.strictObject({
  origin: z.string().describe('As given: netns:NAME, image:NAME …'),
  what: z
    .enum(['image', 'listing'])
    .describe(
      "image: the container image's id. listing: the rules in the namespace: the output of nft -s list ruleset, then of iptables-legacy-save and ip6tables-legacy-save",
    ),
  sha256,
})

export const testedSchema = z
  .strictObject(
    {
      files: z
        .array(file)
        .describe(
          'Every file that was read, sorted by path; a file that changed during the run appears twice',
        ),
      firewalls: z
        .array(firewall)
        .optional()
        .describe('Firewalls that are not files, sorted by origin; absent: none'),
    },
    {
      error: ({ input }) =>
        input === undefined
          ? 'is missing: an older version made this result and did not record which files it read; run the command again'
          : undefined,
    },
  )
  .describe('The files and firewalls that were tested')
