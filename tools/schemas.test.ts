import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadScenarios } from '../harness/input/load.ts'
import { RESULT_VERSION } from '../src/result/version.ts'
import { schemaFiles } from './schemas/files.ts'
import { staleSchemas } from './schemas.ts'
import { SCENARIOS } from './testing/wrong.ts'

test('the published schemas are current (update: npm run schemas)', () => {
  expect(staleSchemas()).toEqual([])
  expect(schemaFiles().size).toBe(12)
})

describe('every published schema', () => {
  const files = [...schemaFiles()].map(
    ([path, text]) => [path.replace(/^.*\//, ''), JSON.parse(text)] as const,
  )

  test.each(files)('%s has an id, a title and a description', (file, schema) => {
    const name = file.split('.')[0]!
    const version = RESULTS.includes(name) ? RESULT_VERSION : 1
    expect(schema.$id).toBe(`urn:nftproof:schema:${name}:${version}`)
    expect(schema.title).toMatch(/^nftproof [a-z ]+$/)
    expect(schema.description).toMatch(/^[A-Z].{10,}/)
  })

  test('can be referenced by its id, beside all others', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false })
    ajv.addSchema(files.map(([, schema]) => schema))
    for (const [, { $id }] of files) expect(ajv.getSchema($id)).toBeTypeOf('function')
  })

  test('times, bytes and numbers of results state their unit or range', () => {
    const named = /"(?:\w*Ms|length|ttl|dscp|sourcePort|number)":\{[^{}]*\}/g
    const results = files.filter(([, { properties }]) => properties?.tested)
    const found = results.flatMap(([, schema]) => [...JSON.stringify(schema).matchAll(named)])
    expect(results.map(([file]) => file.split('.')[0])).toEqual(RESULTS)
    expect(found.map(([text]) => text).filter((text) => !text.includes('"description"'))).toEqual(
      [],
    )
  })
})

const RESULTS = ['diff', 'explain', 'matrix', 'result', 'review']

describe('shipped scenarios', () => {
  const loaded = loadScenarios(SCENARIOS, [])

  test.each(loaded.map(({ scenario }) => scenario.file))(
    '%s fits the published schema and names it',
    (file) => {
      const path = file.startsWith('/') ? file : new URL(`../${file}`, import.meta.url).pathname
      const text = readFileSync(path, 'utf8')
      expect(text).toMatch(
        /^# yaml-language-server: \$schema=(\.\.\/)+schemas\/scenario\.schema\.json$/m,
      )
      const schema = JSON.parse(
        readFileSync(new URL('../schemas/scenario.schema.json', import.meta.url), 'utf8'),
      )
      const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)
      expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true)
    },
  )

  test('each states its requirement and the source', () => {
    for (const { scenario } of loaded) {
      expect(scenario.requirement).toMatch(/^[A-Z].+ .+\.$/s)
      expect(scenario.source).toMatch(
        /^(?:Zerops documentation|Office network|The router's manual), /,
      )
    }
  })
})
