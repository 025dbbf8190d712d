/** The identity of every file and firewall that a result is based on. */
import { z } from 'zod'

const digest = (of: string) =>
  z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 digest: 64 hexadecimal digits')
    .describe(`SHA-256 of ${of}, in hexadecimal`)

const file = z.strictObject({
  path: z
    .string()
    .describe(
      'The path as given, relative to the working directory; REVISION:path in a git revision; - for standard input',
    ),
  size: z.int().min(0).describe('Bytes'),
  sha256: digest('the bytes that were used'),
})

/** See harness/input/script-folder.ts, which makes it. */
const folder = z.strictObject({
  path: z.string().describe('Folder of a script, relative to the working directory'),
  covers: z
    .enum(['tree', 'files'])
    .describe(
      'The part of its folder that a script can read. tree: the folder with all folders below it; files: its files alone, because the folder is shared (/tmp, /home …). Left out: .git and the folder of nftproof results',
    ),
  entries: z.int().min(0).describe('Files, folders and symbolic links that the digest covers'),
  bytes: z.int().min(0).describe('Bytes of the files that the digest covers'),
  complete: z
    .boolean()
    .describe(
      'false: the folder has more than 5,000 entries or 64 MiB, or unreadable parts, which the digest does not cover',
    ),
  sha256: digest('the sorted list of entries: kind, path, and content (of a link: its target)'),
})

const origin = z.string().describe('As given: netns:NAME, image:NAME, nic:ZONE=INTERFACE …')

const image = z.strictObject({
  origin,
  what: z
    .literal('image')
    .describe(
      "image: `sha256` is the container image's id, which covers its file system and its configuration",
    ),
  sha256: digest("the image's configuration: its id"),
})

const listing = z.strictObject({
  origin,
  what: z
    .literal('listing')
    .describe(
      'listing: `sha256` covers the rules in the namespace: the output of nft -s list ruleset, then of iptables-legacy-save and ip6tables-legacy-save; not its routes and settings',
    ),
  sha256: digest('the listed rules'),
})

const interfaces = z.strictObject({
  origin,
  what: z
    .literal('interfaces')
    .describe(
      'interfaces: the firewall is another machine, so only the interfaces of this machine identify it',
    ),
  interfaces: z
    .array(
      z.strictObject({
        zone: z.string().describe('Zone behind the interface'),
        name: z.string().describe('Name of the interface on this machine'),
        address: z
          .string()
          .describe('Its link-layer (MAC) address: aa:bb:cc:dd:ee:ff; empty: unknown'),
      }),
    )
    .describe('Interfaces of this machine, sorted by zone'),
})

export const testedSchema = z
  .strictObject(
    {
      files: z
        .array(file)
        .describe(
          'Every file that was read, sorted by path; a file that changed during the run appears twice',
        ),
      folders: z
        .array(folder)
        .optional()
        .describe(
          'Folders of scripts, as they were before the scripts ran, sorted by path; absent: no script. Programs of the machine that a script runs are not identified',
        ),
      firewalls: z
        .array(z.discriminatedUnion('what', [image, listing, interfaces]))
        .optional()
        .describe('Firewalls that are not files, sorted by origin; absent: none'),
    },
    {
      error: ({ input }) =>
        input === undefined
          ? 'is missing: an older version made this result and did not record which files it read: run the command again'
          : undefined,
    },
  )
  .describe('The identity of every tested file and firewall')
