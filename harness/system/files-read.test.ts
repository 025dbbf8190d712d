import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { testedSchema } from '../../src/result/tested-schema.ts'

// A list of its own: other files of the same process may have noted files.
const OWN = `${import.meta.dirname}/files-read.ts?own`

test('each kind of target has its own identity', async () => {
  const { filesRead, noteFile, noteFolder, noteImage, noteInterfaces, noteListing } = (await import(
    OWN
  )) as typeof import('./files-read.ts')
  const bytes = Buffer.from('add table ip t\n')
  const sha256 = hash('sha256', bytes, 'hex')
  const interfaces = [{ zone: 'wan', name: 'eth1', address: '02:00:00:00:00:01' }]
  const folder = { path: 'fw', covers: 'tree', entries: 2, bytes: 30, complete: true } as const
  noteFile('a.nft', bytes)
  noteFolder({ ...folder, sha256 })
  noteImage('image:router', `sha256:${sha256}`)
  noteListing('netns:r1', ['add table ip t\n'])
  noteInterfaces('nic:wan=eth1', interfaces)
  noteListing('nic:wan=eth1', [''])
  expect(testedSchema.parse(filesRead())).toEqual({
    files: [{ path: 'a.nft', size: 15, sha256 }],
    folders: [{ ...folder, sha256 }],
    firewalls: [
      { origin: 'image:router', what: 'image', sha256 },
      { origin: 'netns:r1', what: 'listing', sha256 },
      { origin: 'nic:wan=eth1', what: 'interfaces', interfaces },
    ],
  })
})
